"""Checks what a stack needs from its account, by read-only calls."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from math import ceil
from typing import Any, Final, TypeAlias

from botocore.exceptions import BotoCoreError, ClientError

from common.errors import one_line
from components.access.github import ISSUER
from components.base.names import Names
from components.config.settings import WorkloadSettings
from components.config.tooling import ToolingSettings
from doctor.check import Check
from doctor.stack import StackSettings

Client: TypeAlias = Any
"""A client as boto3 makes it at run time."""

ABSENT: Final = frozenset(
    {"404", "NoSuchBucket", "NoSuchEntity", "NoSuchEntityException", "ResourceNotFoundException"}
)


@dataclass(frozen=True, kw_only=True)
class Account:
    """An account, seen with certain credentials; `client` makes a client of a service."""

    stack: str
    settings: StackSettings
    client: Callable[[str], Client]

    @property
    def names(self) -> Names:
        """Every name of the stack."""
        return self.settings.names

    def checks(self) -> list[Check]:
        """Check everything, or only the credentials if they are for another account."""
        credentials = self.credentials()
        if credentials.state != "ok":
            return [credentials]
        return [credentials, *(_told(what, look) for what, look in self._looks())]

    def _looks(self) -> Iterator[tuple[str, Callable[[], Check]]]:
        match self.settings:
            case ToolingSettings() as tooling:
                yield "state", self.state
                yield "connection", self.connection
                yield "identity provider", lambda: self.identity_provider(tooling)
            case WorkloadSettings() as workload:
                yield "shards", lambda: self.shards(workload)
                yield "KPUs", lambda: self.kpus(workload)
                yield "deployer role", lambda: self.deployer(workload)

    def credentials(self) -> Check:
        """Check whose credentials these are."""
        wanted = self.settings.account_id
        do = f"set AWS_PROFILE to a profile of account {wanted}, or sign in"
        try:
            found = self.client("sts").get_caller_identity()
        except (ClientError, BotoCoreError) as error:
            return Check("credentials", "missing", one_line(error), do)
        if found["Account"] != wanted:
            words = f"of account {found['Account']}; Pulumi.{self.stack}.yaml says {wanted}"
            return Check("credentials", "missing", words, f"{do}; or correct account_id")
        return Check("credentials", "ok", str(found["Arn"]))

    def state(self) -> Check:
        """Check whether the bucket of the state can be used."""
        what, bucket = "state", self.names.bucket("state")
        try:
            self.client("s3").head_bucket(Bucket=bucket)
        except ClientError as error:
            if _code(error) in ABSENT:
                do = f"run stocktrading bootstrap {self.stack}, which makes it"
                return Check(what, "advice", f"no bucket {bucket} yet", do)
            if _code(error) == "403":
                do = "add your role to state.operators, or use credentials that may use it"
                return Check(what, "missing", f"{bucket} refuses these credentials", do)
            raise
        return Check(what, "ok", f"s3://{bucket}")

    def connection(self) -> Check:
        """Check whether the connection with GitHub is confirmed."""
        what, name = "connection", self.names.connection
        status = connection_status(self.client("codeconnections"), name)
        if status is None:
            do = f"run stocktrading bootstrap {self.stack}, which makes it"
            return Check(what, "advice", f"no connection {name} yet", do)
        if status != "AVAILABLE":
            do = f"confirm the connection with GitHub at {self.names.connections_url}"
            return Check(what, "missing", f"{name} is {status}", do)
        return Check(what, "ok", f"{name} is {status}")

    def identity_provider(self, tooling: ToolingSettings) -> Check:
        """Check whether the account already has GitHub's identity provider."""
        what, iam = "identity provider", self.client("iam")
        listed = iam.list_open_id_connect_providers()["OpenIDConnectProviderList"]
        there = any(one["Arn"].endswith(f"/{ISSUER}") for one in listed)
        makes = tooling.github.previews and tooling.github.make_identity_provider
        ours = self._has_role(self.names.github_preview_role)
        if there and makes and not ours:
            do = "set github.make_identity_provider: false; an account can have only one"
            return Check(what, "missing", "GitHub's exists already", do)
        if not there and tooling.github.previews and not makes:
            do = "set github.make_identity_provider: true"
            return Check(what, "missing", "GitHub's doesn't exist, and the stack won't make it", do)
        return Check(what, "ok", "GitHub's exists" if there else "the stack makes it, if needed")

    def shards(self, workload: WorkloadSettings) -> Check:
        """Check whether the account's quota allows the streams' shards in addition to others."""
        kinesis, streams, names = self.client("kinesis"), workload.streams, self.names
        wanted = {
            names.ingest_stream: streams.ingest.shards,
            names.results_stream: streams.results.shards,
            names.dead_letter_stream: streams.dead_letter.shards,
        }
        missing = sum(
            max(0, (shards or 0) - _open_shards(kinesis, name)) for name, shards in wanted.items()
        )
        limits = kinesis.describe_limits()
        free = limits["ShardLimit"] - limits["OpenShardCount"]
        found = f"{missing} more needed, {free} free of {limits['ShardLimit']}"
        if missing <= free:
            return Check("shards", "ok", found)
        do = "request more shards per region (Service Quotas), or pack trades (AggregationEnabled)"
        return Check("shards", "missing", found, do)

    def kpus(self, workload: WorkloadSettings) -> Check:
        """Check whether the quota allows the KPUs with which the job starts."""
        flink = workload.flink
        needed = ceil((flink.parallelism or 1) / flink.parallelism_per_kpu)
        pages = self.client("service-quotas").get_paginator("list_service_quotas")
        quotas = [
            quota
            for page in pages.paginate(ServiceCode="kinesisanalytics")
            for quota in page["Quotas"]
            if "KPU" in quota["QuotaName"].upper()
        ]
        if not quotas:
            return Check("KPUs", "not told", f"{needed} needed; no quota is listed (64 by default)")
        allowed = int(min(quota["Value"] for quota in quotas))
        found = f"{needed} needed of {allowed}"
        if needed <= allowed:
            return Check("KPUs", "ok", found)
        return Check("KPUs", "missing", found, "request more KPUs (Service Quotas)")

    def deployer(self, workload: WorkloadSettings) -> Check:
        """Check whether the role exists with which the pipeline deploys."""
        what, role = "deployer role", self.names.deployer_role
        if workload.tooling is None:
            return Check(what, "ok", "none: no pipeline deploys here")
        if self._has_role(role):
            return Check(what, "ok", role)
        do = f"deploy the tooling account, then run stocktrading bootstrap {self.stack}"
        return Check(what, "advice", f"no {role} yet: the pipeline can't deploy here", do)

    def _has_role(self, role: str) -> bool:
        try:
            self.client("iam").get_role(RoleName=role)
        except ClientError as error:
            if _code(error) in ABSENT:
                return False
            raise
        return True


def connection_status(codeconnections: Client, name: str) -> str | None:
    """Give the status of the connection `name`; None if it does not exist."""
    pages = codeconnections.get_paginator("list_connections").paginate()
    return next(
        (
            str(one["ConnectionStatus"])
            for page in pages
            for one in page["Connections"]
            if one["ConnectionName"] == name
        ),
        None,
    )


def _open_shards(kinesis: Client, name: str) -> int:
    try:
        found = kinesis.describe_stream_summary(StreamName=name)
    except ClientError as error:
        if _code(error) in ABSENT:
            return 0
        raise
    return int(found["StreamDescriptionSummary"]["OpenShardCount"])


def _told(what: str, look: Callable[[], Check]) -> Check:
    """Run a check. If the account refuses to answer, say so; that is not a failure."""
    try:
        return look()
    except (ClientError, BotoCoreError) as error:
        return Check(what, "not told", one_line(error))


def _code(error: ClientError) -> str:
    return str(error.response.get("Error", {}).get("Code", ""))
