"""The JSON object that each command prints with --json. The page "JSON output" has the schemas.

A name stays and keeps its type and meaning until the project's next major version. New names may
come. The tests hold every printed object to its schema.
No command imports this module: only the documentation and the tests do.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final, Literal, Union

from pydantic import BaseModel, ConfigDict, TypeAdapter


class Answer(BaseModel):
    """A JSON object. An attribute's docstring is its description in the schema."""

    model_config = ConfigDict(extra="forbid", strict=True, use_attribute_docstrings=True)


class CheckAnswer(Answer):
    """One check of `doctor`."""

    what: str
    state: Literal["ok", "missing", "advice", "not told"]
    found: str
    do: str
    """What a person does about it. Empty if nothing is to be done."""


class DoctorAnswer(Answer):
    """What is missing."""

    ready: bool
    """Whether nothing is missing. The exit code says the same."""
    checks: Sequence[CheckAnswer]


class DemoAnswer(Answer):
    """The numbers of a demo's run."""

    right: bool
    """Whether all trades were accepted, counted correctly and stored."""
    trades_sent: int
    trades_failed: int
    """Trades that the stream did not accept."""
    results: int
    objects: int
    """Objects in S3 with results or dead letters."""
    undelivered: int
    """Results and dead letters that are in no object."""
    dead_letters: int
    windows_checked: int
    """Closed windows (of one ticker each) that were compared with the recount."""
    windows_open: int
    mismatches: int
    faults: Mapping[str, int]
    """The number of mismatches by kind."""
    late_by_idleness: int
    first_result_seconds: float | None
    """Time from the start of the command to the first result on its stream."""
    behind_p50_seconds: float | None
    """Time from a window's end to its result, for windows that ended while the job ran."""
    behind_p99_seconds: float | None
    job_version: str
    job_restarts: int


class RunAnswer(Answer):
    """One run of the rehearsed pipeline."""

    change: str
    commit: str
    expected: str
    outcome: str
    seen: str
    """The verdict of `release verify` in one line."""
    seconds: float
    seconds_without_job: float
    right: bool


class RehearsalAnswer(Answer):
    """All runs of the rehearsed pipeline, and the recount."""

    right: bool
    outcomes: Sequence[str]
    runs: Sequence[RunAnswer]
    trades_sent: int
    trades_failed: int
    windows_checked: int
    mismatches: int
    undelivered: int
    seconds: float


class FileAnswer(Answer):
    """The check of a file with trades."""

    rows: int
    good: int
    bad: Mapping[str, int]
    """Bad rows by reason."""
    first: str | None
    """The earliest time of a trade, in ISO 8601."""
    last: str | None
    old: int
    """Trades that would be late on a stream that has trades of now."""
    disordered: int
    seconds: float
    """How long it takes to send them."""


class FileCheckAnswer(Answer):
    """What `send --dry-run` prints."""

    file: FileAnswer


class SentAnswer(Answer):
    """The counts of a run of `simulate` or `send`, in trades unless a field says otherwise."""

    stream: str
    sent: int
    accepted: int
    failed: int
    """`sent` is the sum of `accepted` and `failed`."""
    retried: int
    throttled: int
    records: int
    """Kinesis records accepted."""
    requests: int
    seconds: float
    rate: float
    """Accepted trades a second."""
    errors: Mapping[str, int]
    """Refused trades by error code, counted once for each attempt."""
    faults: Mapping[str, int] = {}
    """`simulate`: deliberately bad and late records by kind."""
    file: FileAnswer | None = None
    """`send`: the check of the file."""


class ConfigKeyAnswer(Answer):
    """A key of a stack's configuration."""

    kind: Literal["workload", "tooling"]
    key: str
    allowed: str
    default: str
    says: str


class ConfigAnswer(Answer):
    """The keys of a stack's configuration."""

    keys: Sequence[ConfigKeyAnswer]


class PackageAnswer(Answer):
    """The archive that was built, with its manifest."""

    archive: str
    """Path of the archive."""
    version: str
    sha256: str
    flink: str
    pyflink: str
    connector: str
    sbom: str
    """SHA-256 of the bill of materials."""
    state: Mapping[str, str]
    """A digest of the state of each operator."""


class PublishAnswer(Answer):
    """A release in the store."""

    version: str
    bucket: str
    put: str
    """Whether it was put now or was there before, in words."""


class FetchAnswer(Answer):
    """A release on this machine."""

    version: str
    directory: str


class RestoresAnswer(Answer):
    """Whether a version can restore the running version's state."""

    version: str
    running: str | None
    lost: Sequence[str]
    """State that would be lost, in words. Empty if everything can be restored."""


class SnapshotAnswer(Answer):
    """The snapshot that was taken."""

    snapshot: str | None
    why: str | None
    """Why there is none."""


class DoneAnswer(Answer):
    """What was done."""

    done: str | None
    """In words. Null if there was nothing to do."""


class VerifyCheckAnswer(Answer):
    """One condition of a roll-out that works."""

    name: str
    state: Literal["yes", "no", "not yet", "not told"]
    words: str


class VerifyAnswer(Answer):
    """The verdict on a roll-out. It is also printed if the verdict is no."""

    version: str
    works: bool
    seconds: float = 0
    checks: Sequence[VerifyCheckAnswer] = ()
    stopped: bool = False
    """True if the stack's file says that the application doesn't run."""


class PruneAnswer(Answer):
    """The snapshots that were deleted."""

    deleted: Sequence[str]


class StatusAnswer(Answer):
    """What runs in the local cloud."""

    endpoint: str
    process: int
    application: str
    application_status: str
    application_version: int
    job_version: str | None
    job: str | None
    """State of the job. Null if no job was started."""
    job_exception: str | None
    flink: str | None
    """Address of Flink's web UI."""


class DeployAnswer(Answer):
    """What a deployment to the local cloud changed."""

    stack: str
    actions: Mapping[str, int]
    """Number of resources by action: created, updated, replaced, deleted, unchanged."""
    records: Sequence[str]
    """Resources that the emulator lacks. Only their requests were checked."""


class GroupsAnswer(Answer):
    """Dead letters by what `--by` names."""

    groups: Sequence[Mapping[str, Any]]
    """Each has `records`, `first_arrival`, `last_arrival` and the names that `--by` gave."""


class RecordAnswer(Answer):
    """One rejected record. A line of `dead-letters export` is the same."""

    id: str
    reason: str
    payload: str
    payload_encoding: Literal["utf-8", "base64"]
    payload_size: int | None = None
    """Size of the whole record in bytes, if the payload is cut."""
    arrival_time: str
    shard: str
    sequence_number: str
    partition_key: str | None


class RecordsAnswer(Answer):
    """Rejected records."""

    records: Sequence[RecordAnswer]


class ResendLineAnswer(Answer):
    """A line of an export."""

    line: int
    id: str
    reason: str
    why: str = ""


class ResendRunAnswer(Answer):
    """What was sent."""

    sent: Mapping[str, str]
    """The place of each record by its id."""
    not_sent: Mapping[str, str]
    """The error of each record by its id."""
    perhaps_sent: Sequence[str]
    error: str | None


class ResendAnswer(Answer):
    """What became of each line of an export."""

    stream: str
    file: str
    counts: Mapping[str, Mapping[str, int]]
    """Lines by what becomes of them and by reason."""
    lines: Mapping[str, Sequence[ResendLineAnswer]]
    """The lines by what becomes of them."""
    run: ResendRunAnswer | None
    """Null in a dry run, or if there was nothing to send."""


class LoadAnswer(Answer):
    """The load for which a stack is sized."""

    mean_trades: float
    """Trades a second."""
    peak_trades: float
    trade_bytes: int
    tickers: int
    dead_letter_share: float
    packed: bool


class ShardsAnswer(Answer):
    """The number of shards of each stream."""

    ingest: int
    results: int
    dead_letter: int


class FlushAnswer(Answer):
    """When a sink of the job writes what it has."""

    records: int
    seconds: float
    buffered: int
    requests: int


class CostAnswer(Answer):
    """The cost of a month in the currency."""

    ingest_stream: float
    results_stream: float
    dead_letter_stream: float
    managed_flink: float
    firehose: float
    storage: float
    monitoring: float
    key: float
    total: float
    currency: str
    region: str
    as_of: str
    """Month of the list prices."""


class ExcessAnswer(Answer):
    """A quota that is too small."""

    quota: str
    needed: int
    allowed: int
    ask: str
    """What a person does about it."""


class CapacityAnswer(Answer):
    """What a load needs and costs."""

    load: LoadAnswer
    shards: ShardsAnswer
    kpus: int
    parallelism: int
    buffer_seconds: int
    buffer_mib: int
    flush: FlushAnswer
    shard_metrics: bool
    thresholds: Mapping[str, float]
    """Thresholds of alarms, in the metric's own unit."""
    cost: CostAnswer
    beyond_quotas: Sequence[ExcessAnswer]


class HistoryAnswer(Answer):
    """What a count of historic trades has found."""

    trades: int
    windows: int
    """Windows that the trades need. Each has one ticker."""
    right: int
    """Windows whose result is as the recount has it."""
    repeated: int
    """Results that were delivered more than once, with the same values."""
    mistakes: Sequence[str]
    """Every difference from the recount, one line each."""
    results: str
    """The file with the results."""


class SnapshotRowAnswer(Answer):
    """A snapshot of the job's state."""

    name: str
    status: str
    created: str
    """Time in ISO 8601, UTC."""
    version: str
    """The job's version. Empty if the service took the snapshot itself."""


class SnapshotsAnswer(Answer):
    """The snapshots that the job can start from, newest first."""

    snapshots: Sequence[SnapshotRowAnswer]


class AlarmAnswer(Answer):
    """An alarm of the stack."""

    noun: str
    """Its name without the stack's prefix."""
    state: Literal["OK", "ALARM", "INSUFFICIENT_DATA"]
    person: bool
    """Whether it needs a person."""
    muted: bool
    since: str
    """Time of its last change of state, in ISO 8601, UTC."""


class AlarmsAnswer(Answer):
    """The alarms of the stack. Those that ring come first."""

    alarms: Sequence[AlarmAnswer]


class MuteAnswer(Answer):
    """The alarm that was muted or unmuted."""

    alarm: str
    muted: bool


class StreamRowAnswer(Answer):
    """A stream of the stack."""

    stream: Literal["ingest", "results", "dead-letter"]
    shards: int
    """Open shards."""
    retention_hours: int


class StreamsAnswer(Answer):
    """The streams of the stack."""

    streams: Sequence[StreamRowAnswer]


class StreamShardsAnswer(Answer):
    """The number of shards that was set."""

    stream: str
    shards: int


class RetentionAnswer(Answer):
    """The retention that was set."""

    stream: str
    retention_hours: int


ANSWERS: Final[Mapping[str, tuple[type[Answer], ...]]] = {
    "doctor": (DoctorAnswer,),
    "demo": (DemoAnswer,),
    "release-demo": (RehearsalAnswer,),
    "simulate": (SentAnswer,),
    "send": (SentAnswer, FileCheckAnswer),
    "capacity": (CapacityAnswer,),
    "config": (ConfigAnswer,),
    "package": (PackageAnswer,),
    "release publish": (PublishAnswer,),
    "release fetch": (FetchAnswer,),
    "release restores": (RestoresAnswer,),
    "release snapshot": (SnapshotAnswer,),
    "release snapshots": (SnapshotsAnswer,),
    "release start": (DoneAnswer,),
    "release stop": (DoneAnswer,),
    "release verify": (VerifyAnswer,),
    "release rollback": (DoneAnswer,),
    "release prune": (PruneAnswer,),
    "local deploy": (DeployAnswer,),
    "local status": (StatusAnswer,),
    "dead-letters list": (GroupsAnswer,),
    "dead-letters show": (RecordsAnswer,),
    "dead-letters export": (RecordAnswer,),
    "dead-letters resend": (ResendAnswer,),
    "history count": (HistoryAnswer,),
    "operate alarms": (AlarmsAnswer,),
    "operate mute": (MuteAnswer,),
    "operate unmute": (MuteAnswer,),
    "operate streams": (StreamsAnswer,),
    "operate shards": (StreamShardsAnswer,),
    "operate retention": (RetentionAnswer,),
}
"""The possible shapes of each command's output, without `stocktrading`."""


def adapter(command: str) -> TypeAdapter[Any]:
    """Give what checks a command's output. Raises `KeyError` for an unknown command."""
    union: Any = Union  # its members are known only at run time
    return TypeAdapter(union[ANSWERS[command]])
