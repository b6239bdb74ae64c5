"""What exists: the workload stack and the tooling stack, component by component."""

from pathlib import Path
from typing import Any

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
from components.pipeline.role_grants import (
    build_work,
    deploy_work,
    preview_grants,
    secrets_users,
)
from components.storage.key import Key
from components.storage.pulumi_state import PulumiState
from components.streaming.archive import Archive
from components.streaming.flink import Flink, FlinkStreams
from components.streaming.stream import Stream
from stack import outputs

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
        destinations=stack.sink.destinations,
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
    told: dict[str, Any] = {
        "region": stack.region,
        "account_id": stack.account_id,
        "endpoint": stack.endpoint,
        "key_arn": key.arn,
        "ingest_stream": streams.ingest.name,
        "producer_role_arn": producer.role_arn if producer else None,
        "results_stream": streams.results.name,
        "dead_letter_stream": streams.dead_letter.name,
        "application_name": flink.name,
        "application_arn": flink.arn,
        "job_version": flink.version,
        "code_bucket": flink.code_bucket,
        "log_group": flink.log_group,
        "aggregation_enabled": job.aggregation_enabled,
        "sink_bucket": sink.bucket,
        "dashboard_name": dashboard.name,
        "dashboard_url": dashboard.url,
    }
    readme = pulumi.Output.format(README.read_text("utf-8"), **told)
    outputs.export(pulumi.export, outputs.WORKLOAD, {**told, "readme": readme})


def tooling() -> None:
    """Make the tooling stack: the pipeline that tests, packages and rolls out each push."""
    stack = settings.read(ToolingSettings)
    names, targets = stack.names, stack.pipeline.targets
    account = pulumi.ResourceOptions(provider=provider("account", stack))
    connection = Connection("connection", names=names, opts=account)
    artifacts = Artifacts(
        "artifacts",
        stack.artifacts,
        key=stack.key,
        targets=[target.stack for target in targets],
        names=names,
        opts=account,
    )
    state = PulumiState(
        "state",
        stack.state,
        key=stack.key,
        users=secrets_users(names, targets),
        names=names,
        opts=account,
    )
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
    deploys = {
        target.stack: BuildProject(
            f"deploy-{target.stack}",
            stack.build,
            work=deploy_work(artifacts, state, target),
            artifacts=artifacts,
            names=names,
            opts=account,
        )
        for target in targets
    }
    pipeline = Pipeline(
        "pipeline",
        stack.pipeline,
        repository=stack.repository,
        parts=Parts(
            connection=connection,
            artifacts=artifacts,
            build=build,
            deploys=deploys,
            notifications=notifications,
        ),
        names=names,
        opts=account,
    )
    previews = (
        GitHubPreviews(
            "previews",
            stack.github,
            subjects=stack.repository.subjects,
            repository_id=stack.repository.id,
            grants=preview_grants(state, targets),
            names=names,
            opts=account,
        )
        if stack.github.previews
        else None
    )
    outputs.export(
        pulumi.export,
        outputs.TOOLING,
        {
            "region": stack.region,
            "account_id": stack.account_id,
            "endpoint": stack.endpoint,
            "pipeline_name": pipeline.name,
            "pipeline_url": names.pipeline_url,
            "artifact_bucket": artifacts.bucket,
            "key_arn": artifacts.key_arn,
            "connection_arn": connection.arn,
            "connection_status": connection.status,
            "connection_url": names.connections_url,
            "notifications_topic_arn": notifications.topic_arn,
            "state_backend_url": state.backend_url,
            "state_secrets_providers": state.secrets_providers,
            "preview_role_arn": previews.role_arn if previews else None,
        },
    )


settings.choose(workload=workload, tooling=tooling)()
