"""The configuration of a local Flink cluster: pure functions to Flink's own keys.

What Managed Flink fixes is fixed here in the same way: RocksDB with incremental checkpoints,
exactly once, one checkpoint at a time, restarts with an exponential delay and no last attempt (AWS,
Managed Service for Apache Flink developer guide, "Apache Flink settings").
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

LOOPBACK: Final = "127.0.0.1"


@dataclass(frozen=True, kw_only=True)
class Ports:
    """The two ports that others have to know; all others are left to the operating system."""

    rest: int
    rpc: int


@dataclass(frozen=True, kw_only=True)
class Memory:
    """Total memory of a process in MiB, as Flink counts it: heap, metaspace, off-heap, overhead."""

    job_manager: int = 1024
    task_manager: int = 2048


SERVICE: Final[Mapping[str, str]] = {
    "state.backend.type": "rocksdb",
    "execution.checkpointing.incremental": "true",
    "execution.checkpointing.mode": "EXACTLY_ONCE",
    "execution.checkpointing.max-concurrent-checkpoints": "1",
    "execution.checkpointing.externalized-checkpoint-retention": "RETAIN_ON_CANCELLATION",
    "restart-strategy.type": "exponential-delay",
}

ON_LOOPBACK: Final[Mapping[str, str]] = {
    "jobmanager.rpc.address": LOOPBACK,
    "jobmanager.bind-host": LOOPBACK,
    "rest.address": LOOPBACK,
    "rest.bind-address": LOOPBACK,
    "taskmanager.host": LOOPBACK,
    "taskmanager.bind-host": LOOPBACK,
}


def cluster_settings(directory: Path, ports: Ports, memory: Memory, slots: int) -> dict[str, str]:
    """All settings of a cluster whose files live in a directory, but the Java options.

    `slots` are those of one TaskManager.
    """
    return {
        **SERVICE,
        **ON_LOOPBACK,
        "rest.port": str(ports.rest),
        "rest.bind-port": str(ports.rest),
        "jobmanager.rpc.port": str(ports.rpc),
        "jobmanager.memory.process.size": f"{memory.job_manager}m",
        "taskmanager.memory.process.size": f"{memory.task_manager}m",
        "taskmanager.memory.managed.fraction": "0.25",
        "taskmanager.numberOfTaskSlots": str(slots),
        "io.tmp.dirs": str(directory / "tmp"),
        "execution.checkpointing.dir": (directory / "checkpoints").as_uri(),
        "execution.checkpointing.savepoint-dir": (directory / "savepoints").as_uri(),
        # A TaskManager that is up before the JobManager asks again soon, not in 10 s.
        "cluster.registration.error-delay": "500 ms",
        # A TaskManager that was killed gives no answer; twice in a row is enough to know. In ms.
        "heartbeat.interval": "2000",
        "pekko.ask.timeout": "30 s",  # a machine of few cores, busy with more than Flink
        "web.submit.enable": "false",  # what runs is the control plane's decision
        "web.cancel.enable": "false",
    }


def java_options(stock: str, directory: Path) -> str:
    """Flink's own Java options, and what makes a process small and keep to its directory.

    The serial collector takes about half the memory of G1, at no cost that could be measured.
    """
    return f"{stock} -XX:+UseSerialGC -Djava.io.tmpdir={directory / 'tmp'}"


def config_yaml(settings: Mapping[str, str]) -> str:
    """Flink's `config.yaml`; JSON is YAML, and its strings need no second thought about quotes."""
    return json.dumps(settings, indent=2, sort_keys=True)


def log_to_file_alone(log4j: str) -> str:
    """Take the console out of a stock Log4j configuration, and keep its files small.

    What is left for a process's standard output is what the job itself prints.
    """
    quiet = log4j.replace("rootLogger.appenderRef.console.ref = ConsoleAppender", "")
    return quiet.replace("policies.size.size=100MB", "policies.size.size=20MB")


def clean_environment(own: Mapping[str, str], given: Mapping[str, str]) -> dict[str, str]:
    """The environment of Flink's processes: what a program needs, and what it is given.

    Nothing of AWS is passed on from whoever starts the cluster, so that no profile of a person can
    be what the job signs with. Time is UTC, as on the service.
    """
    kept = ("PATH", "HOME", "USER", "LANG", "LC_ALL", "JAVA_HOME", "HOSTNAME")
    nowhere = {
        "AWS_CONFIG_FILE": "/dev/null",
        "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
        "AWS_CREDENTIAL_PROFILES_FILE": "/dev/null",
        "AWS_EC2_METADATA_DISABLED": "true",
    }
    passed = {name: own[name] for name in kept if name in own}
    return {**passed, **nowhere, "TZ": "UTC", **given}
