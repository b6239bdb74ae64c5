"""The cluster that an application's job runs on, and its role's credentials."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from local.flink.cluster import FlinkCluster
from local.flink.config import Memory
from local.flink.credentials_server import CredentialsServer, Source

JSON_NOT_CBOR: Final = {"AWS_CBOR_DISABLE": "true", "CBOR_ENABLED": "false"}
"""For the SDK 1 and the SDK 2 of the Kinesis connector. Emulators only support JSON."""


@dataclass(frozen=True, kw_only=True)
class Shape:
    """The options of a cluster. An application that wants the same options can take it over."""

    slots: int
    region: str
    log_level: str = "INFO"
    memory: Memory = field(default_factory=Memory)


class Host:
    """A cluster and the credentials that its processes sign with."""

    def __init__(self, directory: Path, shape: Shape) -> None:
        """Set the options. This starts no process."""
        self.shape = shape
        self._directory = directory
        self._credentials = CredentialsServer()
        self._cluster: FlinkCluster | None = None

    @property
    def cluster(self) -> FlinkCluster:
        """The cluster. Raises `RuntimeError` before `launch`."""
        if self._cluster is None:
            message = "the cluster isn't launched"
            raise RuntimeError(message)
        return self._cluster

    def launch(self) -> None:
        """Start all processes and don't wait for them. Raises `FlinkError`."""
        self._credentials.__enter__()
        region = {"AWS_REGION": self.shape.region, "AWS_DEFAULT_REGION": self.shape.region}
        self._cluster = FlinkCluster(
            self._directory,
            slots=self.shape.slots,
            memory=self.shape.memory,
            environment={**self._credentials.environment, **JSON_NOT_CBOR, **region},
            log_level=self.shape.log_level,
        )
        try:
            self._cluster.launch_all()
        except BaseException:
            self.stop()
            raise

    def sign_as(self, source: Source) -> None:
        """Let the processes sign with the credentials from `source` from now on."""
        self._credentials.serve(source)

    def stop(self) -> None:
        """End all processes. A second call does nothing."""
        if self._cluster:
            self._cluster.stop()
        self._credentials.__exit__(None, None, None)
