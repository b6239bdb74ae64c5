"""Asks GitHub for what previews of pull requests depend on.

These are the repository's numbers, the form of the subject in its tokens, and the reviewers of the
environment. Without a token, GitHub tells only some of it, and only of public repositories.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Final, cast
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen

from common.errors import one_line
from components.config.tooling import ToolingSettings
from doctor.check import Check
from doctor.machine import Host

API: Final = "https://api.github.com"
TOKENS: Final = ("GH_TOKEN", "GITHUB_TOKEN")
SECONDS: Final = 10
UNSEEN: Final = frozenset({HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND})
"""Statuses of an answer that GitHub doesn't give to this caller. It hides private repositories."""


class UntoldError(Exception):
    """GitHub can't be reached or doesn't answer this question."""


@dataclass(frozen=True, kw_only=True)
class GitHub:
    """The previews' repository on GitHub, asked with the token in the environment, if any."""

    host: Host
    tooling: ToolingSettings
    file: str
    """Name of the stack's file, for messages."""

    def checks(self) -> Iterator[Check]:
        """Check what the previews need; nothing if there are none."""
        if not self.tooling.github.previews:
            return
        try:
            yield self._numbers(self._ask("the repository", ""))
        except UntoldError as error:
            yield Check("GitHub repository", "not told", str(error), self._how_to_be_told())
            return
        for what, look in (
            ("GitHub subject", self._subject),
            ("GitHub reviewers", self._reviewers),
        ):
            try:
                yield look(what)
            except UntoldError as error:
                yield Check(what, "not told", str(error), self._how_to_be_told())

    def _numbers(self, told: Mapping[str, Any]) -> Check:
        what, repository = "GitHub repository", self.tooling.repository
        if told["full_name"].lower() != repository.name.lower():
            found = f"{repository.name} is called {told['full_name']} now"
            return Check(what, "missing", found, f"set repository.name in {self.file}")
        owner, number = told["owner"]["id"], told["id"]
        found = f"{repository.name}: owner {owner}, repository {number}"
        if (repository.owner_id, repository.id) == (owner, number):
            return Check(what, "ok", found)
        do = f"set repository.owner_id: {owner} and repository.id: {number} in {self.file}"
        if repository.id is None:
            return Check(what, "advice", f"{found}; {self.file} has no numbers", do)
        wrong = f"{self.file} says {repository.owner_id} and {repository.id}"
        return Check(what, "missing", f"{found}; {wrong}", do)

    def _subject(self, what: str) -> Check:
        told = self._ask("the form of its tokens' subject", "/actions/oidc/customization/sub")
        if not told.get("use_default", True):
            keys = ", ".join(told.get("include_claim_keys", []))
            do = "use the default subject of GitHub's tokens, which the role trusts"
            return Check(what, "missing", f"customized: {keys}", do)
        trusted = self.tooling.repository.subjects
        numbered = bool(told.get("use_immutable_subject"))
        prefix = told.get("sub_claim_prefix") or (trusted[-1] if numbered else trusted[0])
        if prefix not in trusted or (numbered and len(trusted) == 1):
            shown = f"{prefix}:..." if told.get("sub_claim_prefix") else "with numbers"
            do = f"set repository.owner_id and repository.id in {self.file}, then pulumi up"
            return Check(what, "missing", f"{shown}; the role trusts {', '.join(trusted)}", do)
        return Check(what, "ok", f"{prefix}:environment:{self.tooling.github.environment}")

    def _reviewers(self, what: str) -> Check:
        name = self.tooling.github.environment
        do = (
            f"make the environment {name} with required reviewers in the repository's settings, "
            "because a preview runs a pull request's own code; or set github.previews: false"
        )
        try:
            told = self._ask("its environment", f"/environments/{name}")
        except UntoldError as error:
            if isinstance(error.__cause__, HTTPError) and error.__cause__.code == (
                HTTPStatus.NOT_FOUND
            ):
                return Check(what, "missing", f"no environment {name}", do)
            raise
        rules = [rule.get("type") for rule in told.get("protection_rules", [])]
        if "required_reviewers" not in rules:
            return Check(what, "missing", f"environment {name} has none", do)
        return Check(what, "ok", f"environment {name} has required reviewers")

    def _ask(self, what: str, path: str) -> Mapping[str, Any]:
        """Give GitHub's answer about the repository. Raises `UntoldError` in one line."""
        environment = self.host.environment
        address = environment.get("GITHUB_API_URL", API)
        headers = {"Accept": "application/vnd.github+json"}
        if self._token:
            headers["Authorization"] = f"Bearer {self._token}"
        url = f"{address}/repos/{self.tooling.repository.name}{path}"
        request = Request(url, headers=headers)  # noqa: S310 -- GitHub's own address, or the user's
        try:
            with urlopen(request, timeout=SECONDS) as answer:  # noqa: S310 -- the same
                return cast("Mapping[str, Any]", json.load(answer))
        except HTTPError as error:
            if error.code in UNSEEN:
                who = "this token" if self._token else "a caller without a token"
                message = f"GitHub doesn't tell {what} to {who} ({error.code})"
                raise UntoldError(message) from error
            message = f"GitHub answers {error.code} {error.reason} about {what}"
            raise UntoldError(message) from error
        except (URLError, OSError, ValueError) as error:
            reason = one_line(getattr(error, "reason", error))
            message = f"{address} can't be asked: {reason}"
            raise UntoldError(message) from error

    @property
    def _token(self) -> str | None:
        return next(filter(None, map(self.host.environment.get, TOKENS)), None)

    def _how_to_be_told(self) -> str:
        return (
            "to check this, be online, and set GH_TOKEN to a token that may read "
            f"{self.tooling.repository.name}, its actions and its environments"
        )
