"""Reads the stack's configuration, `Pulumi.<stack>.yaml`, into frozen and checked values.

Everything is checked before the first resource is registered. So a preview already shows a
mistake, in one line with the key, the given value and what is allowed.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Final, Literal, TypeVar

import pulumi
from pulumi.runtime import config as runtime_config
from pydantic import Field
from pydantic.dataclasses import dataclass

from common.paths import ROOT
from components.access.producer import ProducerArgs
from components.base.place import Place, StackPlace
from components.base.pydantic_config import STRICT
from components.base.validation import SettingsError, decode, unknown
from components.delivery.destinations import delivery_noun, previous_problem, secret_problem
from components.delivery.sink_args import SinkArgs
from components.monitoring.alarm_rules.rule import Thresholds
from components.monitoring.alarms import AlarmsArgs
from components.sizing.capacity import Capacity, Load, capacity
from components.storage.key import KeyArgs
from components.streaming.flink_configuration import FlinkArgs
from components.streaming.stream import StreamsArgs
from job.properties import KEYS, JobProperties, PropertyError

SINK_SECRET: Final = "sink_secret"  # noqa: S105 -- the key's name
"""Key of the secret for the destination of the results."""

EXAMPLE_ACCOUNTS = frozenset({"111111111111", "222222222222"})
"""The accounts of the local cloud, which the example's files name. On AWS, others own them."""

WIRED: Final = ("region", "endpoint", "input_stream", "output_stream", "dead_letter_stream")
"""Fields of the job's properties that the stack sets itself."""


@dataclass(frozen=True, kw_only=True, config=STRICT)
class WorkloadSettings(StackPlace):
    """The settings of `Pulumi.<stack>.yaml` for a stack of kind `workload`."""

    assume: Literal["deployer", "previewer"] | None = None
    """Role of the account that the provider assumes. The pipeline's deploy sets `deployer`, and a
    pull request's preview sets `previewer`. Unset: the environment's credentials are used."""
    tooling: Place | None = None
    """The account whose pipeline deploys here and whose pull requests are previewed. Unset: the
    stack trusts no other account."""
    key: KeyArgs = KeyArgs()
    streams: StreamsArgs = StreamsArgs()
    producer: ProducerArgs = ProducerArgs()
    job: Mapping[str, str | int | bool] = Field(default_factory=dict)
    """Keys of the job's property group, except those that the stack sets."""
    load: Load = Load()
    """The load for which the stack is sized."""
    flink: FlinkArgs = FlinkArgs()
    sink: SinkArgs = SinkArgs()
    alarms: AlarmsArgs = AlarmsArgs()

    @property
    def assumed_role(self) -> str | None:
        """ARN of the role that the provider assumes."""
        roles = {"deployer": self.names.deployer_role, "previewer": self.names.previewer_role}
        return self.names.role_arn(roles[self.assume]) if self.assume else None

    @property
    def keeps(self) -> bool:
        """Whether the stack protects any bucket, and so must protect its key too."""
        return self.sink.keep_data_on_destroy or self.flink.keep_code_on_destroy

    @property
    def capacity(self) -> Capacity:
        """The capacity that the load needs. It gives every number that isn't set."""
        job = self.properties
        return capacity(
            self.load,
            packed=job.aggregation_enabled,
            slide_seconds=job.slide_seconds,
            windows=len(job.windows),
            parallelism_per_kpu=self.flink.parallelism_per_kpu,
        )

    @property
    def thresholds(self) -> Thresholds:
        """Thresholds of the alarms, which follow from the stack's size."""
        return Thresholds(
            checkpoint_seconds=self.flink.checkpoint_seconds,
            buffer_seconds=self.sink.delivery_seconds,
            ingest_shards=self.streams.ingest.shards,
            freshness_metric=self.sink.freshness_metric,
            success_metric=self.sink.success_metric,
            results_delivery=delivery_noun(self.sink.destination),
            event_time_seconds=(
                self.properties.watermark_delay_seconds + self.properties.idle_timeout_seconds
            ),
        )

    @property
    def properties(self) -> JobProperties:
        """The job's property group.

        Raises `SettingsError` for a key or value that the job would refuse at its start.
        """
        wired = {KEYS[field] for field in WIRED}
        allowed = [name for name in KEYS.values() if name not in wired]
        for key in self.job:
            if key not in allowed:
                own = f"set by the stack itself; allowed: {', '.join(allowed)}"
                what = own if key in wired else unknown(key, allowed)
                message = f"{_place()}job.{key}: {what}"
                raise SettingsError(message)
        given = {key: _text(value) for key, value in self.job.items()}
        stack = {
            KEYS["region"]: self.region,
            KEYS["input_stream"]: self.names.ingest_stream,
            KEYS["output_stream"]: self.names.results_stream,
            KEYS["dead_letter_stream"]: self.names.dead_letter_stream,
        }
        if self.endpoint:
            stack[KEYS["endpoint"]] = self.endpoint
        try:
            return JobProperties.from_property_map(given | stack)
        except PropertyError as error:
            message = f"{_place()}job: {error}"
            raise SettingsError(message) from None


Settings = TypeVar("Settings", bound=StackPlace)


def read(kind: type[Settings]) -> Settings:
    """Read and check the configuration of the stack as `kind`, the settings of one kind of stack.

    Raises `SettingsError` with every mistake found, in one line.
    """
    # Pulumi has no public function to list keys. Without the list, a misspelt key would be ignored.
    values = {**runtime_config.get_config_env(), **runtime_config.CONFIG.get()}
    return parse(kind, values, _place())


def parse(kind: type[Settings], values: Mapping[str, str], place: str) -> Settings:
    """Check a stack's whole configuration: text values by keys with their namespace.

    `place` is the project's namespace with its colon. Raises `SettingsError` as `read` does.
    """
    own = {
        key.removeprefix(place): _parse(text)
        for key, text in values.items()
        if key.startswith(place)
    }
    for flat in ("kind", SINK_SECRET):
        own.pop(flat, None)
    region = values.get("aws:region")
    if region is None:
        message = "aws:region: required, but not given; allowed: a region such as us-east-1"
        raise SettingsError(message)
    return decode(kind, json.dumps({**own, "region": region}), place)


def read_workload() -> WorkloadSettings:
    """Read the configuration of a stack of kind `workload`, and fill in numbers that aren't set.

    Raises `SettingsError` as `read` does, and for values that the job itself would refuse.
    """
    settings = sized(read(WorkloadSettings))
    problem = trust_problem(settings) or sink_problem(
        settings, stack_secret=secret(SINK_SECRET) is not None
    )
    if problem:
        message = f"{_place()}{problem}"
        raise SettingsError(message)
    return settings


def secret(key: str) -> pulumi.Output[str] | None:
    """Read a secret of the stack. The value stays a secret in every output that uses it.

    Raises `SettingsError` if the file has it as plain text.
    """
    full = f"{_place()}{key}"
    value = pulumi.Config().get_secret(key)
    if value is not None and not runtime_config.is_config_secret(full):
        message = f"{full}: given as plain text; allowed: pulumi config set --secret {key}"
        raise SettingsError(message)
    return value


def trust_problem(settings: WorkloadSettings) -> str | None:
    """Say that the stack would trust the example's account; None if it would not."""
    tooling = settings.tooling
    if settings.endpoint or tooling is None or tooling.account_id not in EXAMPLE_ACCOUNTS:
        return None
    return (
        f"tooling.account_id: given the example's {tooling.account_id}, which isn't yours; "
        "allowed: the account of your own pipeline, or no tooling"
    )


def sink_problem(settings: WorkloadSettings, *, stack_secret: bool) -> str | None:
    """Say what part of the sink contradicts the other settings; None if nothing does."""
    sink = settings.sink
    if sink.transform and settings.properties.output_format != "json":
        return "sink.transform: allowed: with job.OutputFormat json, which it reads"
    for key, destination in (("destination", sink.destination), ("previous", sink.previous)):
        url = getattr(destination, "url", "https://")
        if url.startswith("http://") and settings.endpoint is None:
            return f"sink.{key}.url: given {url!r}; allowed: an https:// address on AWS"
    return previous_problem(sink.destination, sink.previous) or secret_problem(
        sink.destination, stack_secret=stack_secret
    )


def sized(settings: WorkloadSettings) -> WorkloadSettings:
    """Fill in each number that isn't set, from the load."""
    plan = settings.capacity
    streams, flink, sink = settings.streams, settings.flink, settings.sink
    return replace(
        settings,
        streams=StreamsArgs(
            ingest=streams.ingest.sized(plan.ingest.shards, metrics=plan.shard_metrics),
            results=streams.results.sized(plan.results.shards, metrics=plan.shard_metrics),
            dead_letter=streams.dead_letter.sized(
                plan.dead_letters.shards, metrics=plan.shard_metrics
            ),
        ),
        flink=flink.sized(plan.parallelism),
        sink=sink.sized(plan.buffer_seconds, plan.buffer_mib),
    )


Kind = TypeVar("Kind", bound=Callable[[], None])


def choose(**kinds: Kind) -> Kind:
    """Give the composition of this stack's kind.

    Raises `SettingsError` for a stack without a kind, or of a kind that isn't among `kinds`.
    """
    kind = pulumi.Config().get("kind")
    if kind in kinds:
        return kinds[kind]
    given = f"given {kind!r}" if kind else "required, but not given"
    names = {file.stem.removeprefix("Pulumi.") for file in ROOT.glob("Pulumi.*.yaml")}
    others = ", ".join(sorted(names - {pulumi.get_stack()}))
    message = (
        f"{_place()}kind of stack {pulumi.get_stack()!r}: {given}; allowed: {', '.join(kinds)}; "
        f"other stacks here: {others or 'none'}"
    )
    raise SettingsError(message)


def _place() -> str:
    return f"{pulumi.get_project()}:"


def _parse(text: str) -> object:
    return json.loads(text) if text[:1] in {"{", "["} else text


def _text(value: str | int | bool) -> str:  # noqa: FBT001 -- a value, not a switch
    return str(value).lower() if isinstance(value, bool) else str(value)
