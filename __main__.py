"""What exists: the workload stack and the tooling stack, component by component."""

from pathlib import Path

import pulumi

from components.access.boundary import Boundary
from components.access.deployer import Deployer
from components.access.github import GitHubPreviews
from components.access.previewer import Previewer
from components.access.producer import Producer
from components.base.provider import provider
from components.config import settings
from components.config.tooling import ToolingSettings
from components.delivery.sink import Sink
from components.monitoring.alarms import Alarms
from components.monitoring.dashboard import Dashboard
from components.pipeline.artifacts import Artifacts
from components.pipeline.build_project import BuildProject
from components.pipeline.connection import Connection
from components.pipeline.notifications import Notifications
from components.pipeline.pipeline import Parts, Pipeline
from components.pipeline.role_grants import build_work, deploy_work, preview_grants
from components.storage.key import Key
from components.storage.pulumi_state import State
from components.streaming.archive import Archive
from components.streaming.flink import Flink, FlinkStreams
from components.streaming.stream import Stream

README = Path(__file__).parent / "components/config/stack_readme.md"
"""Template of the output that says where to look. Only Pulumi Cloud inserts outputs itself."""


def workload() -> None:
    """Make the workload stack: streams, the Flink job, and storage of results and dead letters."""
    stack = settings.read_workload()
    names, job = stack.names, stack.properties
    archive = Archive.packaged()
    account = pulumi.ResourceOptions(provider=provider("account", stack, assume=stack.assumed_role))
    key = Key("key", stack.key, names=names, protect=stack.keeps, opts=account)
    boundary = Boundary(
        "boundary",
        destination=stack.sink.destination,
        vpc=stack.flink.vpc,
        key=key,
        names=names,
        opts=account,
    )
    bounded = boundary.guard(account)
    streams = FlinkStreams(
        ingest=Stream(
            "ingest",
            stack.streams.ingest,
            stream_name=names.ingest_stream,
            key=key,
            opts=account,
        ),
        results=Stream(
            "results",
            stack.streams.results,
            stream_name=names.results_stream,
            key=key,
            opts=account,
        ),
        dead_letter=Stream(
            "dead-letter",
            stack.streams.dead_letter,
            stream_name=names.dead_letter_stream,
            key=key,
            opts=account,
        ),
    )
    flink = Flink(
        "analytics",
        stack.flink,
        archive=archive,
        properties=job,
        streams=streams,
        key=key,
        names=names,
        opts=bounded,
    )
    producer = (
        Producer("producer", stack.producer, ingest=streams.ingest, names=names, opts=bounded)
        if stack.producer.trusted
        else None
    )
    sink = Sink(
        "sink",
        stack.sink,
        results=streams.results,
        dead_letters=streams.dead_letter,
        key=key,
        names=names,
        secret=settings.secret(settings.SINK_SECRET),
        opts=bounded,
    )
    Alarms(
        "alarms",
        stack.alarms,
        thresholds=stack.thresholds,
        key=key,
        names=names,
        opts=bounded,
    )
    if stack.tooling:
        Deployer(
            "deployer",
            tooling=stack.tooling.names,
            key=key,
            names=names,
            opts=account,
        )
        Previewer("previewer", tooling=stack.tooling.names, names=names, opts=account)
    dashboard = Dashboard("dashboard", thresholds=stack.thresholds, names=names, opts=account)
    pulumi.export("region", stack.region)
    pulumi.export("account_id", stack.account_id)
    pulumi.export("endpoint", stack.endpoint)
    pulumi.export("key_arn", key.arn)
    pulumi.export("ingest_stream", streams.ingest.name)
    pulumi.export("producer_role_arn", producer.role_arn if producer else None)
    pulumi.export("results_stream", streams.results.name)
    pulumi.export("dead_letter_stream", streams.dead_letter.name)
    pulumi.export("application_name", flink.name)
    pulumi.export("application_arn", flink.arn)
    pulumi.export("job_version", flink.version)
    pulumi.export("code_bucket", flink.code_bucket)
    pulumi.export("log_group", flink.log_group)
    pulumi.export("aggregation_enabled", job.aggregation_enabled)
    pulumi.export("sink_bucket", sink.bucket)
    pulumi.export("dashboard_name", dashboard.name)
    pulumi.export("dashboard_url", dashboard.url)
    pulumi.export(
        "readme",
        pulumi.Output.format(
            README.read_text("utf-8"),
            account_id=stack.account_id,
            application_name=flink.name,
            dashboard_url=dashboard.url,
            dead_letter_stream=streams.dead_letter.name,
            ingest_stream=streams.ingest.name,
            job_version=flink.version,
            log_group=flink.log_group,
            region=stack.region,
            results_stream=streams.results.name,
            sink_bucket=sink.bucket,
        ),
    )


def tooling() -> None:
    """Make the tooling stack: the pipeline that tests, packages and rolls out each push."""
    stack = settings.read(ToolingSettings)
    names, targets = stack.names, stack.pipeline.targets
    account = pulumi.ResourceOptions(provider=provider("account", stack))
    connection = Connection("connection", names=names, opts=account)
    artifacts = Artifacts("artifacts", stack.artifacts, key=stack.key, names=names, opts=account)
    state = State("state", stack.state, key=stack.key, names=names, opts=account)
    notifications = Notifications(
        "notifications", stack.notifications, key=artifacts.key, names=names, opts=account
    )
    build = BuildProject(
        "build",
        stack.build,
        work=build_work(artifacts),
        artifacts=artifacts,
        names=names,
        opts=account,
    )
    deploy = BuildProject(
        "deploy",
        stack.build,
        work=deploy_work(artifacts, state, targets),
        artifacts=artifacts,
        names=names,
        opts=account,
    )
    pipeline = Pipeline(
        "pipeline",
        stack.pipeline,
        repository=stack.repository,
        parts=Parts(
            connection=connection,
            artifacts=artifacts,
            build=build,
            deploy=deploy,
            notifications=notifications,
        ),
        names=names,
        opts=account,
    )
    if stack.github.previews:
        previews = GitHubPreviews(
            "previews",
            stack.github,
            repository=stack.repository.name,
            grants=preview_grants(state, targets),
            names=names,
            opts=account,
        )
        pulumi.export("preview_role_arn", previews.role_arn)
    pulumi.export("region", stack.region)
    pulumi.export("account_id", stack.account_id)
    pulumi.export("endpoint", stack.endpoint)
    pulumi.export("pipeline_name", pipeline.name)
    pulumi.export("pipeline_url", names.pipeline_url)
    pulumi.export("artifact_bucket", artifacts.bucket)
    pulumi.export("key_arn", artifacts.key_arn)
    pulumi.export("connection_arn", connection.arn)
    pulumi.export("connection_status", connection.status)
    pulumi.export("connection_url", names.connections_url)
    pulumi.export("notifications_topic_arn", notifications.topic_arn)
    pulumi.export("state_backend_url", state.backend_url)
    pulumi.export("state_secrets_provider", state.secrets_provider)


settings.choose(workload=workload, tooling=tooling)()
