"""Where Pulumi's command line keeps state, and whether that is where the stack's is."""

import json
from typing import cast

from components.base.names import Names
from components.config.settings import WorkloadSettings
from doctor.check import Check
from doctor.machine import Host
from doctor.stack import StackSettings


def state_home(settings: StackSettings) -> Names | None:
    """Give the names of the account that keeps the stack's state; None where none is said to."""
    if isinstance(settings, WorkloadSettings):
        return settings.tooling.names if settings.tooling else None
    return settings.names


def backend_url(home: Names) -> str:
    """Give the address of the state, which the tooling stack has as an output."""
    return f"s3://{home.bucket('state')}?region={home.region}"


def backend(host: Host, settings: StackSettings) -> Check:
    """Compare where the command line looks for state with where the stack's belongs."""
    what, home = "Pulumi backend", state_home(settings)
    wanted = backend_url(home) if home else None
    shown = host.output("pulumi", "whoami", "--json", "--non-interactive")
    url = _url(shown)
    if url is None:
        do = f"pulumi login '{wanted}'" if wanted else "pulumi login, or pulumi login --local"
        return Check(
            what, "advice", "logged in nowhere", f"{do}; stocktrading bootstrap needs none"
        )
    if wanted and url.partition("?")[0] != wanted.partition("?")[0]:
        do = f"pulumi login '{wanted}', once the tooling account is up"
        return Check(what, "advice", f"{url}; the pipeline keeps state elsewhere", do)
    return Check(what, "ok", url)


def _url(shown: str | None) -> str | None:
    try:
        told = cast("dict[str, object]", json.loads(shown or "null") or {})
    except ValueError:
        return None
    return str(told["url"]) if told.get("url") else None
