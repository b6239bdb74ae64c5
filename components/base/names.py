"""Every name and ARN of a stack, derived from three settings only.

With derived names, a trust policy or a grant can name a resource that is made later or in another
account. It does not need to read another stack's outputs.
"""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Names:
    """Names and ARNs of one stack. `prefix` separates two stacks in one account."""

    prefix: str
    account_id: str
    region: str

    @property
    def partition(self) -> str:
        """The ARN partition of the region."""
        if self.region.startswith("cn-"):
            return "aws-cn"
        return "aws-us-gov" if self.region.startswith("us-gov-") else "aws"

    @property
    def account_root(self) -> str:
        """The principal of the whole account. IAM policies then allow or deny its identities."""
        return f"arn:{self.partition}:iam::{self.account_id}:root"

    @property
    def ingest_stream(self) -> str:
        """Name of the stream that trades arrive on."""
        return f"{self.prefix}-ingest-stream"

    @property
    def results_stream(self) -> str:
        """Name of the stream that results leave on."""
        return f"{self.prefix}-results-stream"

    @property
    def dead_letter_stream(self) -> str:
        """Name of the stream for records that could not be counted."""
        return f"{self.prefix}-dead-letter-stream"

    @property
    def application(self) -> str:
        """Name of the Managed Flink application."""
        return f"{self.prefix}-analytics"

    @property
    def log_group(self) -> str:
        """Log group of the application; the path is the one that the service's console uses."""
        return f"/aws/kinesis-analytics/{self.application}"

    @property
    def dashboard(self) -> str:
        """Name of the stack's dashboard."""
        return self.prefix

    @property
    def dashboard_url(self) -> str:
        """Address of the stack's dashboard."""
        return (
            f"https://{self.region}.console.aws.amazon.com/cloudwatch/home"
            f"?region={self.region}#dashboards/dashboard/{self.dashboard}"
        )

    @property
    def deployer_role(self) -> str:
        """Role of a workload account that the pipeline deploys with."""
        return f"{self.prefix}-deployer"

    @property
    def previewer_role(self) -> str:
        """Role of a workload account for a pull request's preview. It has no permissions."""
        return f"{self.prefix}-previewer"

    @property
    def pipeline(self) -> str:
        """Name of the tooling account's pipeline. Names of its parts begin with it."""
        return f"{self.prefix}-pipeline"

    @property
    def pipeline_chat(self) -> str:
        """Name of the topic, the channel and the role that tell a chat about the pipeline."""
        return f"{self.pipeline}-chat"

    @property
    def pipeline_url(self) -> str:
        """Address of the pipeline in the console."""
        console = f"https://{self.region}.console.aws.amazon.com/codesuite/codepipeline"
        return f"{console}/pipelines/{self.pipeline}/view?region={self.region}"

    @property
    def connection(self) -> str:
        """Name of the connection to GitHub; CodeConnections allows 32 characters."""
        return f"{self.prefix}-github"

    @property
    def connections_url(self) -> str:
        """Address where a person confirms the connection with GitHub."""
        console = f"https://{self.region}.console.aws.amazon.com/codesuite/settings/connections"
        return f"{console}?region={self.region}"

    @property
    def pipeline_build_role(self) -> str:
        """Role of the tooling account that tests and packages."""
        return f"{self.pipeline}-build"

    def pipeline_deploy_role(self, stack: str) -> str:
        """Role of the tooling account that assumes the deployer role of one target's account."""
        return f"{self.pipeline}-deploy-{stack}"

    @property
    def github_preview_role(self) -> str:
        """Role of the tooling account that a pull request's workflow assumes."""
        return f"{self.prefix}-github-preview"

    @property
    def delivery_log_group(self) -> str:
        """Log group of the Firehose streams."""
        return f"/aws/kinesisfirehose/{self.prefix}"

    @property
    def transform(self) -> str:
        """Name of the transformation's function, and of its role."""
        return f"{self.prefix}-transform"

    @property
    def transform_log_group(self) -> str:
        """Log group of the transformation; the path is the service's own."""
        return f"/aws/lambda/{self.transform}"

    @property
    def log_groups(self) -> tuple[str, ...]:
        """Every log group of a workload stack."""
        return (self.log_group, self.delivery_log_group, self.transform_log_group)

    @property
    def flink_role(self) -> str:
        """Role of the Managed Flink application."""
        return f"{self.prefix}-flink"

    @property
    def producer_role(self) -> str:
        """Role that may put trades on the ingest stream."""
        return f"{self.prefix}-producer"

    def delivery_role(self, noun: str) -> str:
        """Role of a Firehose stream."""
        return f"{self.prefix}-deliver-{noun}"

    @property
    def boundary(self) -> str:
        """Name of the policy that bounds the stack's service roles."""
        return f"{self.prefix}-boundary"

    @property
    def boundary_arn(self) -> str:
        """ARN of that policy."""
        return self.global_arn("iam", f"policy/{self.boundary}")

    @property
    def database(self) -> str:
        """Name of the Glue database. SQL allows no hyphens in it."""
        return self.prefix.replace("-", "_")

    @property
    def topic(self) -> str:
        """Name of the topic that alarms go to."""
        return f"{self.prefix}-alarms"

    @property
    def alarms_chat(self) -> str:
        """Name of the channel and the role that tell a chat about alarms."""
        return f"{self.topic}-chat"

    def alarm(self, noun: str) -> str:
        """Name of an alarm."""
        return f"{self.prefix}-{noun}"

    def bucket(self, noun: str) -> str:
        """Name of a bucket; account and region make it unique in all of AWS."""
        return f"{self.prefix}-{noun}-{self.account_id}-{self.region}"

    def delivery_stream(self, noun: str) -> str:
        """Name of a Firehose stream."""
        return f"{self.prefix}-{noun}-delivery"

    def arn(self, service: str, resource: str) -> str:
        """ARN of a resource of this account and region."""
        return f"arn:{self.partition}:{service}:{self.region}:{self.account_id}:{resource}"

    def global_arn(self, service: str, resource: str) -> str:
        """ARN of a resource of this account without a region."""
        return f"arn:{self.partition}:{service}::{self.account_id}:{resource}"

    def role_arn(self, role: str) -> str:
        """ARN of a role of this account."""
        return self.global_arn("iam", f"role/{role}")

    def bucket_arn(self, noun: str) -> str:
        """ARN of a bucket, for use before the bucket exists."""
        return f"arn:{self.partition}:s3:::{self.bucket(noun)}"

    def via(self, *services: str) -> list[str]:
        """`kms:ViaService` values: the services that may use the key for a caller."""
        return [f"{service}.{self.region}.amazonaws.com" for service in services]
