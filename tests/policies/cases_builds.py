"""Cases of the rules for builds and pipelines."""

from cases import KEY_ARN, Case, one

from policies.builds import PIPELINE, PROJECT, REPORTS

_GITHUB = "https://github.com/owner/repository.git"


def _variable(name: str, kind: str | None = None) -> dict[str, str]:
    return {"name": name, "value": "v"} | ({"type": kind} if kind else {})


CASES = (
    Case(
        rule="codebuild-source-without-credentials",
        what="a URL without credentials, and a source from the pipeline",
        resources=[
            one(PROJECT, source={"type": "BITBUCKET", "location": _GITHUB}),
            one(PROJECT, source={"type": "CODEPIPELINE"}),
        ],
    ),
    Case(
        rule="codebuild-source-without-credentials",
        what="a password in the first source and a token in the second one",
        resources=[
            one(
                PROJECT,
                source={"type": "BITBUCKET", "location": "https://me:pass@bitbucket.org/a/b.git"},
                secondarySources=[
                    {
                        "sourceIdentifier": "two",
                        "type": "GITHUB",
                        "location": "https://token@github.com/a/b.git",
                    }
                ],
            )
        ],
        says=[
            "source of type BITBUCKET: given credentials in its location",
            "source of type GITHUB: given credentials in its location",
        ],
    ),
    Case(
        rule="codebuild-no-secret-in-clear-text",
        what="a secret by reference, and variables without a secret",
        resources=[
            one(
                PROJECT,
                environment={
                    "environmentVariables": [
                        _variable("GITHUB_TOKEN", "SECRETS_MANAGER"),
                        _variable("PULUMI_STACK"),
                        _variable("SECRET_ARN", "PLAINTEXT"),
                    ]
                },
            )
        ],
    ),
    Case(
        rule="codebuild-no-secret-in-clear-text",
        what="secrets in plain text, with and without the type PLAINTEXT",
        resources=[
            one(
                PROJECT,
                environment={
                    "environmentVariables": [
                        _variable("AWS_ACCESS_KEY_ID"),
                        _variable("AWS_SECRET_ACCESS_KEY", "PLAINTEXT"),
                        _variable("PULUMI_CONFIG_PASSPHRASE", "PLAINTEXT"),
                        _variable("github_token"),
                    ]
                },
            )
        ],
        says=[
            "environment variable AWS_ACCESS_KEY_ID: given in plain text",
            "environment variable AWS_SECRET_ACCESS_KEY: given in plain text",
            "environment variable PULUMI_CONFIG_PASSPHRASE: given in plain text",
            "environment variable github_token: given in plain text",
        ],
    ),
    Case(
        rule="codebuild-stored-logs-encrypted",
        what="encrypted logs in S3, logs in S3 switched off, and no configuration of logs",
        resources=[
            one(PROJECT, logsConfig={"s3Logs": {"status": "ENABLED", "location": "b/p"}}),
            one(PROJECT, logsConfig={"s3Logs": {"status": "DISABLED", "encryptionDisabled": True}}),
            one(PROJECT),
        ],
    ),
    Case(
        rule="codebuild-stored-logs-encrypted",
        what="logs in S3 without encryption",
        resources=[
            one(PROJECT, logsConfig={"s3Logs": {"status": "ENABLED", "encryptionDisabled": True}})
        ],
        says=["logsConfig.s3Logs.encryptionDisabled: given true; allowed: false"],
    ),
    Case(
        rule="codebuild-logged",
        what="logs in CloudWatch, or only in S3",
        resources=[
            one(PROJECT, logsConfig={"cloudwatchLogs": {"groupName": "/aws/codebuild/one"}}),
            one(
                PROJECT,
                logsConfig={
                    "cloudwatchLogs": {"status": "DISABLED"},
                    "s3Logs": {"status": "ENABLED"},
                },
            ),
        ],
    ),
    Case(
        rule="codebuild-logged",
        what="no configuration of logs, and logs switched off",
        resources=[
            one(PROJECT),
            one(PROJECT, logsConfig={"cloudwatchLogs": {"status": "DISABLED"}}),
        ],
        says=["logsConfig: given no log that is ENABLED; allowed: cloudwatchLogs, s3Logs or both"]
        * 2,
    ),
    Case(
        rule="codebuild-not-privileged",
        what="privileged mode unset, and set to false",
        resources=[
            one(PROJECT, environment={"image": "i"}),
            one(PROJECT, environment={"privilegedMode": False}),
        ],
    ),
    Case(
        rule="codebuild-not-privileged",
        what="privileged mode set to true",
        resources=[one(PROJECT, environment={"privilegedMode": True})],
        says=["environment.privilegedMode: given true; allowed: false"],
    ),
    Case(
        rule="codebuild-reports-encrypted",
        what="reports exported with a key, and reports not exported",
        resources=[
            one(REPORTS, exportConfig={"type": "S3", "s3Destination": {"encryptionKey": KEY_ARN}}),
            one(REPORTS, exportConfig={"type": "NO_EXPORT"}),
        ],
    ),
    Case(
        rule="codebuild-reports-encrypted",
        what="reports exported without encryption",
        resources=[
            one(REPORTS, exportConfig={"type": "S3", "s3Destination": {"encryptionDisabled": True}})
        ],
        says=["exportConfig.s3Destination.encryptionDisabled: given true; allowed: false"],
    ),
    Case(
        rule="codebuild-artifacts-encrypted",
        what="a customer-managed key",
        resources=[one(PROJECT, encryptionKey=KEY_ARN, artifacts={"type": "CODEPIPELINE"})],
    ),
    Case(
        rule="codebuild-artifacts-encrypted",
        what="no key, S3's own key, and a second artifact without encryption",
        resources=[
            one(PROJECT),
            one(PROJECT, encryptionKey="alias/aws/s3"),
            one(
                PROJECT,
                encryptionKey=KEY_ARN,
                artifacts={"type": "S3"},
                secondaryArtifacts=[{"type": "S3", "encryptionDisabled": True}],
            ),
        ],
        says=[
            "encryptionKey: given None; allowed: the ARN of a customer-managed key",
            "encryptionKey: given alias/aws/s3; allowed: the ARN of a customer-managed key",
            "artifacts.encryptionDisabled: given true; allowed: false",
        ],
    ),
    Case(
        rule="codebuild-curated-image",
        what="an image of CodeBuild",
        resources=[
            one(PROJECT, environment={"image": "aws/codebuild/amazonlinux2023-x86_64-standard:5.0"})
        ],
    ),
    Case(
        rule="codebuild-curated-image",
        what="another image, and no image",
        resources=[one(PROJECT, environment={"image": "python:3.11"}), one(PROJECT)],
        says=[
            "environment.image: given python:3.11; allowed: aws/codebuild/...",
            "environment.image: given none; allowed: aws/codebuild/...",
        ],
    ),
    Case(
        rule="codepipeline-artifacts-encrypted",
        what="a customer-managed key",
        resources=[
            one(
                PIPELINE,
                artifactStores=[
                    {"location": "b", "type": "S3", "encryptionKey": {"id": KEY_ARN, "type": "KMS"}}
                ],
            )
        ],
    ),
    Case(
        rule="codepipeline-artifacts-encrypted",
        what="an artifact store without a key",
        resources=[one(PIPELINE, artifactStores=[{"location": "b", "type": "S3"}])],
        says=["artifactStores.encryptionKey: given None; allowed: a customer-managed key"],
    ),
)
