"""The JSON object that each command prints with --json. The page "JSON output" has the schemas.

A name stays and keeps its type and meaning until the project's next major version. New names may
come. The tests hold every printed object to its schema.
No command imports this package: only the documentation and the tests do.
"""

from collections.abc import Mapping
from typing import Any, Final, Union

from pydantic import TypeAdapter

from terminal.answers.base import Answer
from terminal.answers.dead_letters import GroupsAnswer, RecordAnswer, RecordsAnswer, ResendAnswer
from terminal.answers.machine import (
    DemoAnswer,
    DeployAnswer,
    DoctorAnswer,
    RehearsalAnswer,
    StatusAnswer,
)
from terminal.answers.operate import (
    AlarmsAnswer,
    MuteAnswer,
    RetentionAnswer,
    StreamsAnswer,
    StreamShardsAnswer,
)
from terminal.answers.release import (
    DoneAnswer,
    FetchAnswer,
    PackageAnswer,
    PruneAnswer,
    PublishAnswer,
    RestoresAnswer,
    SnapshotAnswer,
    SnapshotsAnswer,
    VerifyAnswer,
)
from terminal.answers.settings import CapacityAnswer, ConfigAnswer
from terminal.answers.trades import FileCheckAnswer, HistoryAnswer, SentAnswer

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
