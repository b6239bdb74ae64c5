"""The configuration of a local Flink cluster: pure functions that give Flink's own keys.

The settings that Managed Flink fixes are fixed here in the same way: RocksDB with incremental
checkpoints, exactly once, one checkpoint at a time, restarts with an exponential delay and without
a limit on attempts (AWS, Managed Service for Apache Flink developer guide, "Apache Flink
settings").
"""

import json
import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

LOOPBACK: Final = "127.0.0.1"


@dataclass(frozen=True, kw_only=True)
class Ports:
    """The two ports that other processes must know. The operating system chooses all others."""

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
    """Give all settings of a cluster with its files in a directory, except the Java options.

    `slots` is the number of slots of one TaskManager.
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
        "execution.checkpointing.dir": flink_uri(directory / "checkpoints"),
        "execution.checkpointing.savepoint-dir": flink_uri(directory / "savepoints"),
        # A TaskManager that starts before the JobManager tries again soon. The default is 10 s.
        "cluster.registration.error-delay": "500 ms",
        # In ms. A TaskManager that misses two heartbeats in a row counts as lost.
        "heartbeat.interval": "2000",
        "pekko.ask.timeout": "30 s",  # a machine with few cores that also runs other programs
        "web.submit.enable": "false",  # only the control plane decides which job runs
        "web.cancel.enable": "false",
    }


def flink_uri(path: Path) -> str:
    """Give an absolute path as Flink's URI. Flink doesn't decode it, so a space stays a space."""
    return f"file://{path}"


def java_options(stock: str, directory: Path) -> list[str]:
    """Give Flink's own Java options, and options for less memory and a temporary directory.

    The serial collector needs about half the memory of G1. No slowdown could be measured. The
    sink's Netty would keep 4 to 16 MB of direct memory for each job that ever ran on the cluster,
    until none is left and each request fails. Without arenas it returns every buffer.
    """
    arenas = "-Dorg.apache.flink.kinesis.shaded.io.netty.allocator.numDirectArenas=0"
    temporary = f"-Djava.io.tmpdir={directory / 'tmp'}"
    return [*shlex.split(stock), "-XX:+UseSerialGC", arenas, temporary]


def config_yaml(settings: Mapping[str, str]) -> str:
    """Write Flink's `config.yaml` as JSON, which is valid YAML and quotes every string."""
    return json.dumps(settings, indent=2, sort_keys=True)


def log_to_file_alone(log4j: str) -> str:
    """Remove the console from Flink's own Log4j configuration, and limit the size of its files.

    A process's standard output then contains only what the job itself prints.
    """
    quiet = log4j.replace("rootLogger.appenderRef.console.ref = ConsoleAppender", "")
    return quiet.replace("policies.size.size=100MB", "policies.size.size=20MB")


def clean_environment(own: Mapping[str, str], given: Mapping[str, str]) -> dict[str, str]:
    """Give the environment of Flink's processes: what a program needs, and the `given` variables.

    No AWS variable of the caller is passed on, so that the job can't sign with a person's profile.
    Time is UTC, as on the service.
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
