"""Everything that `doctor --stack` checks: the stack's files, Pulumi, GitHub, the account."""

from botocore.exceptions import BotoCoreError

from components.base.validation import SettingsError
from components.config.settings import WorkloadSettings
from components.config.tooling import ToolingSettings
from components.streaming.archive import Archive
from doctor.account import Account
from doctor.aws import clients
from doctor.backend import backend
from doctor.check import Check
from doctor.github import GitHub
from doctor.machine import Host
from doctor.stack import Agreement, StackError, StackSettings, read


def look(host: Host, stack: str, *, profile: str | None, endpoint: str | None) -> list[Check]:
    """Check a stack: first what needs no network, then its account."""
    try:
        settings = read(stack, host.root)
    except StackError as error:
        return [Check(f"stack {stack}", "missing", str(error), "correct it, or name another stack")]
    agreement = Agreement(stack=stack, settings=settings, root=host.root)
    found = [
        Check(f"stack {stack}", "ok", f"account {settings.account_id}, {settings.region}"),
        *agreement.checks(),
        *_archive(settings),
    ]
    if endpoint is None:
        found.append(backend(host, settings))
    if endpoint is None and isinstance(settings, ToolingSettings):
        found += GitHub(host=host, tooling=settings, file=f"Pulumi.{stack}.yaml").checks()
    try:
        client = clients(settings.region, profile=profile, endpoint=endpoint)
    except BotoCoreError as error:
        do = "use a profile from the list of aws configure list-profiles"
        return [*found, Check("credentials", "missing", str(error), do)]
    return [*found, *Account(stack=stack, settings=settings, client=client).checks()]


def _archive(settings: StackSettings) -> list[Check]:
    if not isinstance(settings, WorkloadSettings):
        return []
    try:
        return [Check("job's archive", "ok", f"version {Archive.packaged().version}")]
    except SettingsError as error:
        return [Check("job's archive", "missing", str(error), "make package")]
