"""Checks whether Pulumi's command line uses the backend that has the stack's state."""

import json
from typing import cast

from components.base.names import Names
from components.config.settings import WorkloadSettings
from doctor.check import Check
from doctor.machine import Host
from doctor.stack import StackSettings


def state_home(settings: StackSettings) -> Names | None:
    """Give the names of the account with the stack's state; None if no account is configured."""
    if isinstance(settings, WorkloadSettings):
        return settings.tooling.names if settings.tooling else None
    return settings.names


def backend_url(home: Names) -> str:
    """Give the address of the state, which is also an output of the tooling stack."""
    return f"s3://{home.bucket('state')}?region={home.region}"


def backend(host: Host, settings: StackSettings) -> Check:
    """Compare the command line's backend with the one of the stack."""
    what, home = "Pulumi backend", state_home(settings)
    wanted = backend_url(home) if home else None
    shown = host.output("pulumi", "whoami", "--json", "--non-interactive")
    url = _url(shown)
    if url is None:
        do = f"pulumi login '{wanted}'" if wanted else "pulumi login, or pulumi login --local"
        return Check(
            what, "advice", "not logged in", f"{do}; stocktrading bootstrap needs no login"
        )
    if wanted and url.partition("?")[0] != wanted.partition("?")[0]:
        do = f"deploy the tooling account, then run pulumi login '{wanted}'"
        return Check(what, "advice", f"{url}; the pipeline uses another backend", do)
    return Check(what, "ok", url)


def _url(shown: str | None) -> str | None:
    try:
        told = cast("dict[str, object]", json.loads(shown or "null") or {})
    except ValueError:
        return None
    return str(told["url"]) if told.get("url") else None
