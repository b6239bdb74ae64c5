"""A stand-in for Pulumi's command line: it refuses what Pulumi would refuse, and records calls.

Its directory, `PULUMI_STAND_IN`, holds `states.json` (backend to stacks), `outputs.json` (what an
update of each stack gives), `calls.jsonl`, and `fail` with a command that is to fail next.
"""

import json
import os
import sys
from pathlib import Path
from typing import Any, NoReturn

home = Path(os.environ["PULUMI_STAND_IN"])
states_file = home / "states.json"


def refuse(words: str) -> NoReturn:
    """End with an error as Pulumi does."""
    sys.stderr.write(f"warning: something else\nerror: {words}\n")
    raise SystemExit(255)


def main(given: list[str]) -> None:  # noqa: C901, PLR0912, PLR0915 -- one command after the other
    """Change the state as the command would."""
    flags = [each for each in given if each.startswith("-")]
    if given[-1] != "--non-interactive":
        refuse("--non-interactive is required, or it would ask")
    backend = os.environ["PULUMI_BACKEND_URL"]
    call = {"at": backend.partition(":")[0], "profile": os.environ.get("AWS_PROFILE")}
    with (home / "calls.jsonl").open("a") as log:
        log.write(json.dumps({**call, "command": " ".join(given[:-1])}) + "\n")
    if backend.startswith("s3:") and not (home / "bucket").exists():
        refuse("NoSuchBucket: The specified bucket does not exist")
    if backend.startswith("file:") and not Path(backend.removeprefix("file://")).is_dir():
        refuse("unable to open bucket: no such directory")
    failing = home / "fail"
    if failing.exists() and " ".join(given).startswith(failing.read_text()):
        failing.unlink()
        refuse("it was to fail")
    states: dict[str, Any] = json.loads(states_file.read_text()) if states_file.exists() else {}
    stacks: dict[str, Any] = states.setdefault(backend, {})

    def value(flag: str) -> str:
        return given[given.index(flag) + 1]

    def selected() -> dict[str, Any]:
        name = value("--stack")
        if name not in stacks:
            refuse(f"no stack named '{name}' found")
        found: dict[str, Any] = stacks[name]
        if found["provider"] == "passphrase" and "PULUMI_CONFIG_PASSPHRASE" not in os.environ:
            refuse("passphrase must be set with PULUMI_CONFIG_PASSPHRASE")
        return found

    match given:
        case ["stack", "ls", "--json", *_]:
            told = [
                {"name": name, "current": False}
                | ({"resourceCount": one["resources"]} if one["resources"] else {})
                for name, one in stacks.items()
            ]
            sys.stdout.write(json.dumps(told))
        case ["stack", "init", name, "--secrets-provider", provider, *_]:
            if name in stacks:
                refuse(f"stack '{name}' already exists")
            stacks[name] = {"resources": 0, "outputs": {}, "provider": provider}
        case ["stack", "output", "--json", *_]:
            sys.stdout.write(json.dumps(selected()["outputs"]))
        case ["stack", "export", "--show-secrets", *_]:
            one = selected()
            Path(value("--file")).write_text(json.dumps([one["resources"], one["outputs"]]))
        case ["stack", "export", "--stack", *_]:
            resources = [
                {"urn": f"urn:pulumi:s::p::aws:s3/bucket:Bucket::{name}", "protect": True}
                for name in selected().get("protected", [])
            ]
            sys.stdout.write(json.dumps({"version": 3, "deployment": {"resources": resources}}))
        case ["stack", "import", *_]:
            one = selected()
            one["resources"], one["outputs"] = json.loads(Path(value("--file")).read_text())
        case ["stack", "rm", name, "--yes", *_]:
            if "--preserve-config" not in flags:
                refuse(f"Pulumi.{name}.yaml would go, too")
            if stacks[name]["resources"] and "--force" not in flags:
                refuse(f"'{name}' still has resources; removal rejected")
            del stacks[name]
        case ["config", "set", key, text, "--stack", _, *_]:
            selected().setdefault("config", {})[key] = text
        case ["config", "rm", key, "--stack", _, *_]:
            del selected()["config"][key]
        case ["up", "--yes", "--skip-preview", *_]:
            one = selected()
            one["resources"] = 12
            one["outputs"] = json.loads((home / "outputs.json").read_text())[value("--stack")]
            one["made_with"] = one.get("config", {}).get("profile")
            if value("--stack") == "tooling":
                (home / "bucket").touch()
        case ["destroy", "--yes", "--skip-preview", *_]:
            if value("--stack") == "tooling" and (home / "full").exists():
                refuse("BucketNotEmpty: The bucket you tried to delete is not empty")
            one = selected()
            one["resources"] = len(one.get("protected", []))
            if one["resources"]:  # by then all the others are gone, as there was no preview
                states_file.write_text(json.dumps(states))
                refuse("resource cannot be deleted because it is protected")
            if value("--stack") == "tooling":
                (home / "bucket").unlink(missing_ok=True)
        case _:
            refuse(f"unknown command {' '.join(given)}")
    states_file.write_text(json.dumps(states))


main(sys.argv[1:])
