"""What a deployment has made: a JSON file a stack, in the order of creation.

It may hold secrets that the program was given (a delivery endpoint's key): the file is readable by
its owner alone.
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
    """A resource as it stands; `inputs` with each asset reduced to its path and digest."""

    urn: str
    type: str
    id: str
    account: str
    region: str
    retained: bool
    """Left standing when it is no longer declared."""
    protected: bool
    """Not to be deleted, until it is declared without."""
    record: bool
    """Without a counterpart on the emulator: its request was checked, no more."""
    inputs: Properties
    outputs: Properties

    @property
    def name(self) -> str:
        """Its logical name, the last part of the URN."""
        return self.urn.rpartition("::")[2]

    @property
    def existing(self) -> Existing:
        """What the table's functions get to see."""
        return Existing(self.id, self.inputs, self.outputs)


class State:
    """The resources of one stack, by URN; every change is on disk before the next begins."""

    def __init__(self, path: Path, endpoint: str) -> None:
        """Read the file; resources made on another endpoint are not these, so they are forgotten.

        Raises `LocalError` where the file isn't readable as a state.
        """
        self._path = path
        self.endpoint = endpoint
        self._resources: dict[str, Resource] = {}
        if path.exists():
            self._read()

    def __iter__(self) -> Iterator[Resource]:
        """Give the resources in the order in which they were made."""
        return iter(list(self._resources.values()))

    def find(self, urn: str) -> Resource | None:
        """Give the resource under a URN, if there is one."""
        return self._resources.get(urn)

    def put(self, resource: Resource) -> None:
        """Keep a resource, new or changed."""
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
    """Reduce inputs to JSON: an asset or archive becomes its digest, so that a change shows.

    Raises `LocalError` where a file isn't there, or an asset is of a kind that isn't local.
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
