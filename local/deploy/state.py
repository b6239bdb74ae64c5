"""The resources of a deployment: one JSON file for each stack, in the order of creation.

The file may contain secrets of the configuration (a delivery endpoint's key), so only its owner can
read it.
"""

import hashlib
import json
import os
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, cast

import pulumi

from local.deploy.resources.model import Existing, Properties
from local.errors import LocalError


@dataclass(frozen=True, kw_only=True)
class Resource:
    """An existing resource. In `inputs` each asset is replaced by its digest."""

    urn: str
    type: str
    id: str
    account: str
    region: str
    retained: bool
    """Whether the resource remains when it is no longer declared."""
    protected: bool
    """Whether a deletion is refused, until a deployment removes the protection."""
    record: bool
    """Whether the emulator lacks the resource. Only the request for a record was checked."""
    inputs: Properties
    outputs: Properties

    @property
    def name(self) -> str:
        """The logical name, the last part of the URN."""
        return self.urn.rpartition("::")[2]

    @property
    def existing(self) -> Existing:
        """The resource as the functions of the table get it."""
        return Existing(self.id, self.inputs, self.outputs)


class StackState:
    """The resources of one stack, by URN. Every change is on disk before the next one begins."""

    def __init__(self, path: Path, endpoint: str) -> None:
        """Read the file. Resources of another endpoint don't exist on this one, so drop them.

        Raises `LocalError` if the file isn't a state.
        """
        self._path = path
        self.endpoint = endpoint
        self._resources: dict[str, Resource] = {}
        if path.exists():
            self._read()

    def __iter__(self) -> Iterator[Resource]:
        """Give the resources in the order of creation."""
        return iter(list(self._resources.values()))

    def find(self, urn: str) -> Resource | None:
        """Give the resource with a URN, or None."""
        return self._resources.get(urn)

    def put(self, resource: Resource) -> None:
        """Store a new or changed resource."""
        self._resources[resource.urn] = resource
        self._write()

    def remove(self, urn: str) -> None:
        """Forget a resource."""
        del self._resources[urn]
        self._write()

    def _read(self) -> None:
        try:
            kept = cast("dict[str, Any]", json.loads(self._path.read_text("utf-8")))
            if kept["endpoint"] == self.endpoint:
                resources = [Resource(**each) for each in kept["resources"]]
                self._resources = {each.urn: each for each in resources}
        except (ValueError, KeyError, TypeError) as error:
            message = f"{self._path} isn't a state of the local cloud ({error}): delete it"
            raise LocalError(message) from error

    def _write(self) -> None:
        resources = [asdict(each) for each in self._resources.values()]
        text = json.dumps({"endpoint": self.endpoint, "resources": resources}, indent=1)
        self._path.parent.mkdir(parents=True, exist_ok=True)
        draft = self._path.with_suffix(".new")
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
        draft.replace(self._path)


def encode(value: object, project: Path) -> Any:  # noqa: ANN401 -- any JSON value
    """Reduce inputs to JSON. An asset or archive becomes its digest, so that a change is visible.

    Raises `LocalError` if a file can't be read or an asset isn't local.
    """
    if isinstance(value, dict):
        items = cast("dict[str, object]", value).items()
        return {key: encode(item, project) for key, item in items if item is not None}
    if isinstance(value, list):
        return [encode(item, project) for item in cast("list[object]", value)]
    if isinstance(value, pulumi.StringAsset):
        return {"sha256": hashlib.sha256(value.text.encode()).hexdigest()}
    if isinstance(value, pulumi.FileAsset | pulumi.FileArchive):
        return {"sha256": _digest(project / str(value.path))}
    if isinstance(value, pulumi.AssetArchive):
        return encode(dict(cast("dict[str, object]", value.assets)), project)
    if isinstance(value, pulumi.Asset | pulumi.Archive):
        message = f"{type(value).__name__} can't be uploaded from here: use a file"
        raise LocalError(message)
    return value


def _digest(path: Path) -> str:
    if path.is_dir():
        files = sorted(file for file in path.rglob("*") if file.is_file())
        digests = [f"{file.relative_to(path)} {_digest(file)}" for file in files]
        return hashlib.sha256("\n".join(digests).encode()).hexdigest()
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        message = f"can't read {path}: {error.strerror}"
        raise LocalError(message) from error
