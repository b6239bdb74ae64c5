"""Resource types that the sandbox's default lacks, tested by the emulator's descriptions."""

import json
from pathlib import Path

import pytest
from programs import Program

from local.clients import Clients
from local.errors import LocalError

pytestmark = pytest.mark.emulator

ROLE = ("role = aws.iam.Role('role', name='role', assume_role_policy='{\"Statement\": []}')",)
"""A role for the resources that need one."""


def test_an_unsupported_input_is_refused_by_name(program: Program) -> None:
    """An input that the program declares is used, or it is an error. It is never ignored."""
    with pytest.raises(LocalError) as told:
        program.up("aws.kinesis.Stream('s', shard_count=1, max_record_size_in_kib=2048)")
    assert str(told.value) == (
        "s (aws:kinesis/stream:Stream): "
        "the local cloud doesn't support the input maxRecordSizeInKib"
    )


def test_alarms_watch_metrics_expressions_and_each_other(
    program: Program, clients: Clients, account: str
) -> None:
    """One alarm has a metric, one an expression over metrics, and one a rule over both."""
    outputs = program.up(
        "topic = aws.sns.Topic('alerts', name='alerts')",
        "late = aws.cloudwatch.MetricAlarm('late', name='late', namespace='AWS/Kinesis',",
        "    metric_name='IteratorAge', dimensions={'StreamName': 's'}, statistic='Maximum',",
        "    period=60, evaluation_periods=3, threshold=60000,",
        "    comparison_operator='GreaterThanThreshold', treat_missing_data='breaching',",
        "    alarm_actions=[topic.arn], ok_actions=[topic.arn])",
        "rate = aws.cloudwatch.MetricAlarm('rate', name='rate', evaluation_periods=1,",
        "    threshold=0, comparison_operator='GreaterThanThreshold', metric_queries=[",
        "        {'id': 'm', 'metric': {'namespace': 'AWS/X', 'metric_name': 'restarts',",
        "            'dimensions': {'Application': 'a'}, 'period': 60, 'stat': 'Maximum'}},",
        "        {'id': 'e', 'expression': 'RATE(m)', 'return_data': True}])",
        "rule = pulumi.Output.format('ALARM({0}) OR ALARM({1})', late.name, rate.name)",
        "aws.cloudwatch.CompositeAlarm('any', alarm_name='any', alarm_rule=rule)",
        "pulumi.export('arn', late.arn)",
    )
    assert outputs["arn"] == f"arn:aws:cloudwatch:us-east-1:{account}:alarm:late"
    watched = clients.client("cloudwatch", account)
    alarms = watched.describe_alarms(AlarmTypes=["MetricAlarm", "CompositeAlarm"])
    late, rate = sorted(alarms["MetricAlarms"], key=lambda alarm: alarm["AlarmName"])
    assert late["TreatMissingData"] == "breaching"
    assert late["Dimensions"] == [{"Name": "StreamName", "Value": "s"}]
    assert late["AlarmActions"] == [f"arn:aws:sns:us-east-1:{account}:alerts"]
    # The emulator stores no queries. botocore's model has checked them.
    assert rate["AlarmName"] == "rate"
    assert [alarm["AlarmRule"] for alarm in alarms["CompositeAlarms"]] == [
        "ALARM(late) OR ALARM(rate)"
    ]


def test_a_dashboard_is_stored_as_declared(
    program: Program, clients: Clients, account: str
) -> None:
    """The service returns the same JSON body."""
    body = {"widgets": [{"type": "text", "properties": {"markdown": "one"}}]}
    program.up(
        f"aws.cloudwatch.Dashboard('d', dashboard_name='d', dashboard_body={json.dumps(body)!r})"
    )
    kept = clients.client("cloudwatch", account).get_dashboard(DashboardName="d")
    assert json.loads(kept["DashboardBody"]) == body


def test_a_topic_has_its_key_its_policy_and_its_subscriptions(
    program: Program, clients: Clients, account: str
) -> None:
    """The subscription of an e-mail address stays pending, as on AWS."""
    policy = json.dumps(
        {
            "Version": "2012-10-17",
            "Statement": [{"Effect": "Allow", "Principal": "*", "Action": "sns:Publish"}],
        }
    )
    outputs = program.up(
        "key = aws.kms.Key('key')",
        "t = aws.sns.Topic('t', name='t', kms_master_key_id=key.id)",
        f"aws.sns.TopicPolicy('p', arn=t.arn, policy={policy!r})",
        "s = aws.sns.TopicSubscription('s', topic=t.arn, protocol='email', endpoint='a@b.example')",
        "pulumi.export('pending', s.pending_confirmation)",
        "pulumi.export('topic', t.arn)",
    )
    assert outputs["pending"] is True
    sns = clients.client("sns", account)
    attributes = sns.get_topic_attributes(TopicArn=outputs["topic"])["Attributes"]
    assert json.loads(attributes["Policy"]) == json.loads(policy)
    assert attributes["KmsMasterKeyId"]
    subscriptions = sns.list_subscriptions_by_topic(TopicArn=outputs["topic"])["Subscriptions"]
    assert [each["Endpoint"] for each in subscriptions] == ["a@b.example"]


def test_a_secret_contains_its_value(program: Program, clients: Clients, account: str) -> None:
    """The value can be read by the secret's name, and a new value is a new version."""
    declare = "s = aws.secretsmanager.Secret('s', name='token')"
    version = "aws.secretsmanager.SecretVersion('v', secret_id=s.id, secret_string={!r})"
    program.up(declare, version.format("one"))
    program.up(declare, version.format("two"))
    kept = clients.client("secretsmanager", account).get_secret_value(SecretId="token")
    assert kept["SecretString"] == "two"
    assert ("replaced", "v") in program.done


def test_a_rule_calls_its_target(program: Program, clients: Clients, account: str) -> None:
    """The rule has the declared pattern, and its target the declared transformer."""
    pattern = json.dumps({"source": ["aws.codepipeline"]})
    program.up(
        "t = aws.sns.Topic('t', name='t')",
        f"r = aws.cloudwatch.EventRule('r', name='failed', event_pattern={pattern!r})",
        "aws.cloudwatch.EventTarget('e', rule=r.name, arn=t.arn, target_id='topic',",
        "    input_transformer={'input_paths': {'p': '$.detail.pipeline'},",
        "                       'input_template': '\"<p> failed\"'})",
    )
    events = clients.client("events", account)
    assert events.describe_rule(Name="failed")["EventPattern"] == pattern
    target = events.list_targets_by_rule(Rule="failed")["Targets"][0]
    assert target["InputTransformer"]["InputPathsMap"] == {"p": "$.detail.pipeline"}


def test_a_build_project_is_stored(program: Program, clients: Clients, account: str) -> None:
    """Its source, environment, log and key are as declared."""
    program.up(
        *ROLE,
        "aws.codebuild.Project('b', name='build', service_role=role.arn, build_timeout=20,",
        "    artifacts={'type': 'CODEPIPELINE'},",
        "    environment={'compute_type': 'BUILD_GENERAL1_SMALL', 'type': 'LINUX_CONTAINER',",
        "        'image': 'aws/codebuild/standard:7.0',",
        "        'environment_variables': [{'name': 'A', 'value': '1'}]},",
        "    logs_config={'cloudwatch_logs': {'group_name': 'g'}},",
        "    source={'type': 'CODEPIPELINE', 'buildspec': 'version: 0.2'}, tags={'k': 'v'})",
    )
    found = clients.client("codebuild", account).batch_get_projects(names=["build"])["projects"]
    assert found[0]["timeoutInMinutes"] == 20
    assert found[0]["source"]["buildspec"] == "version: 0.2"
    assert found[0]["environment"]["environmentVariables"][0]["name"] == "A"


PIPELINE = (
    "aws.codepipeline.Pipeline('p', name='p', role_arn=role.arn, pipeline_type='V2',",
    "    artifact_stores=[{'location': 'bucket', 'type': 'S3',",
    "        'encryption_key': {'id': 'key', 'type': 'KMS'}}],",
    "    triggers=[{'provider_type': 'CodeStarSourceConnection', 'git_configuration':",
    "        {'source_action_name': 'Source', 'pushes': [{'branches': {'includes': ['main']}}]}}],",
    "    stages=[{'name': 'Source', 'actions': [{'name': 'Source', 'category': 'Source',",
    "        'owner': 'AWS', 'provider': 'CodeStarSourceConnection', 'version': '1',",
    "        'output_artifacts': ['source'], 'configuration': {'BranchName': 'main'}}]},",
    "      {'name': 'Build', 'actions': [{'name': 'Build', 'category': 'Build',",
    "        'owner': 'AWS', 'provider': 'CodeBuild', 'version': '1', 'run_order': 1,",
    "        'input_artifacts': ['source'], 'configuration': {'ProjectName': 'build'}}]}])",
)


def test_a_resource_that_the_emulator_lacks_is_checked_and_kept_as_a_record(
    program: Program, account: str
) -> None:
    """The summary names the records. The outputs are those of the real provider."""
    outputs = program.up(
        *ROLE,
        "c = aws.codeconnections.Connection('c', name='github', provider_type='GitHub')",
        f"p = {PIPELINE[0]}",
        *PIPELINE[1:],
        "pulumi.export('pipeline', p.arn)",
        "pulumi.export('state', c.connection_status)",
    )
    assert outputs == {
        "pipeline": f"arn:aws:codepipeline:us-east-1:{account}:p",
        "state": "PENDING",
    }
    assert sorted(program.summary.records) == [
        "c (aws:codeconnections/connection:Connection)",
        "p (aws:codepipeline/pipeline:Pipeline)",
    ]
    assert str(program.summary) == "3 created; 2 kept as records"


def test_a_chat_channel_is_checked_and_kept_as_a_record(program: Program, account: str) -> None:
    """The record has the channel's topic. An id that isn't in AWS's model is refused."""
    channel = (
        *ROLE,
        "t = aws.sns.Topic('t', name='t')",
        "c = aws.chatbot.SlackChannelConfiguration('c', configuration_name='chat',",
        "    iam_role_arn=role.arn, slack_channel_id='C1', slack_team_id='T1',",
        "    sns_topic_arns=[t.arn], guardrail_policy_arns=['arn:aws:iam::aws:policy/AWSDenyAll'])",
        "pulumi.export('chat', c.chat_configuration_arn)",
    )
    outputs = program.up(*channel)
    arn = f"arn:aws:chatbot::{account}:chat-configuration/slack-channel/chat"
    assert outputs == {"chat": arn}
    kind = "aws:chatbot/slackChannelConfiguration:SlackChannelConfiguration"
    assert program.summary.records == [f"c ({kind})"]
    broken = [line.replace("sns_topic_arns=[t.arn]", "region=7") for line in channel]
    with pytest.raises(LocalError, match=r"^c \(aws:chatbot/slackChannelConfiguration"):
        program.up(*broken)


def test_a_record_with_a_request_that_aws_would_refuse_is_refused(program: Program) -> None:
    """Botocore's model checks the request, although the emulator lacks the resource."""
    broken = [line.replace("'provider_type'", "'source'") for line in PIPELINE]
    with pytest.raises(LocalError, match=r"^p \(aws:codepipeline/pipeline:Pipeline\): .*source"):
        program.up(*ROLE, *broken)


def test_a_function_runs_the_code_that_was_declared(
    program: Program, clients: Clients, account: str, project: Path
) -> None:
    """The function returns the text in its file. Another file updates the function in place."""

    def declare(word: str) -> None:
        (project / "speak.py").write_text(f"def handler(event, context):\n    return {word!r}\n")
        program.up(
            *ROLE,
            "aws.lambda_.Function('f', name='speak', role=role.arn, runtime='python3.11',",
            "    handler='speak.handler', timeout=60, memory_size=128,",
            "    code=pulumi.AssetArchive({'speak.py': pulumi.FileAsset('speak.py')}))",
        )

    functions = clients.client("lambda", account)
    for word in ("quiet", "loud"):
        declare(word)
        answer = functions.invoke(FunctionName="speak", Payload=b"{}")
        assert json.loads(answer["Payload"].read()) == word
    assert ("updated", "f") in program.done


def test_a_delivery_to_an_endpoint_is_declared_with_its_retries_and_backup(
    program: Program, clients: Clients, account: str
) -> None:
    """The provider's flat settings are nested as in the API, also after an update."""

    def declare(seconds: int) -> tuple[str, ...]:
        return (
            *ROLE,
            f"b = aws.s3.Bucket('b', bucket='backup-{account}', force_destroy=True)",
            "aws.kinesis.FirehoseDeliveryStream('d', name='d', destination='http_endpoint',",
            "    http_endpoint_configuration={'url': 'https://x.example/in', 'name': 'x',",
            f"        'access_key': pulumi.Output.secret('k'), 'buffering_interval': {seconds},",
            "        'buffering_size': 4, 'retry_duration': 120, 'role_arn': role.arn,",
            "        's3_backup_mode': 'FailedDataOnly',",
            "        'request_configuration': {'content_encoding': 'GZIP',",
            "            'common_attributes': [{'name': 'n', 'value': 'v'}]},",
            "        's3_configuration': {'role_arn': role.arn, 'bucket_arn': b.arn,",
            "            'buffering_interval': 300, 'compression_format': 'GZIP'}})",
        )

    program.up(*declare(60))
    program.up(*declare(90))
    assert ("updated", "d") in program.done
    firehose = clients.client("firehose", account)
    described = firehose.describe_delivery_stream(DeliveryStreamName="d")
    description = described["DeliveryStreamDescription"]["Destinations"][0]
    http = description["HttpEndpointDestinationDescription"]
    assert http["BufferingHints"] == {"IntervalInSeconds": 90, "SizeInMBs": 4}
    assert http["EndpointConfiguration"]["Url"] == "https://x.example/in"
    assert http["S3BackupMode"] == "FailedDataOnly"
    assert http["RetryOptions"] == {"DurationInSeconds": 120}
    assert http["S3DestinationDescription"]["BucketARN"] == f"arn:aws:s3:::backup-{account}"
    assert "AccessKey" not in http["EndpointConfiguration"]
