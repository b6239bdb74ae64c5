"""The doctor asks GitHub for what previews need, from a server with GitHub's answers."""

import json
import threading
from collections.abc import Iterator, Mapping
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from components.config.tooling import ToolingSettings
from doctor.check import Check
from doctor.github import GitHub
from doctor.machine import Host
from doctor.stack import read

NAME = "example-org/stocktrading-analytics"
NUMBERED = "repo:example-org@1001/stocktrading-analytics@2002"
REPOSITORY = f"/repos/{NAME}"
SUBJECT = f"{REPOSITORY}/actions/oidc/customization/sub"
ENVIRONMENT = f"{REPOSITORY}/environments/preview"
ANSWERS: Mapping[str, Any] = {
    REPOSITORY: {"full_name": NAME, "id": 2002, "owner": {"id": 1001}},
    SUBJECT: {"use_default": True, "use_immutable_subject": True, "sub_claim_prefix": NUMBERED},
    ENVIRONMENT: {"protection_rules": [{"type": "wait_timer"}, {"type": "required_reviewers"}]},
}


class Answering(ThreadingHTTPServer):
    """A server with answers by path. A number is a status. `secret` needs the token `right`."""

    answers: Mapping[str, Any] = ANSWERS
    secret: frozenset[str] = frozenset()


class Handler(BaseHTTPRequestHandler):
    """Answers one request."""

    def do_GET(self) -> None:
        """Give the answer of the path."""
        server = self.server
        assert isinstance(server, Answering)
        answer = server.answers.get(self.path, 404)
        if self.path in server.secret and self.headers["Authorization"] != "Bearer right":
            answer = 401
        self.send_response(answer if isinstance(answer, int) else 200)
        self.end_headers()
        self.wfile.write(json.dumps(answer).encode())

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 -- the base's name
        """Write nothing."""


@pytest.fixture(autouse=True)
def _no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("no_proxy", "127.0.0.1")


@pytest.fixture
def server() -> Iterator[Answering]:
    """Give a server on a free port."""
    with Answering(("127.0.0.1", 0), Handler) as serving:
        threading.Thread(target=serving.serve_forever, daemon=True).start()
        yield serving
        serving.shutdown()


def settings(**repository: Any) -> ToolingSettings:  # noqa: ANN401 -- settings
    """Give the settings of the shipped stack, with changes of its repository."""
    tooling = read("tooling")
    assert isinstance(tooling, ToolingSettings)
    given = {"owner_id": 1001, "id": 2002, **repository}
    return replace(tooling, repository=replace(tooling.repository, **given))


def checks(
    server: Answering | None, tooling: ToolingSettings | None = None, token: str = ""
) -> dict[str, Check]:
    """Ask the server, or a port on which nothing listens."""
    address = f"http://127.0.0.1:{server.server_port if server else 9}"
    host = Host(environment={"GITHUB_API_URL": address, "GH_TOKEN": token})
    github = GitHub(host=host, tooling=tooling or settings(), file="Pulumi.tooling.yaml")
    return {one.what: one for one in github.checks()}


def test_a_repository_with_numbers_and_reviewers_is_ready(server: Answering) -> None:
    """Each check has the text of what it found."""
    found = checks(server)
    assert [one.state for one in found.values()] == ["ok", "ok", "ok"]
    assert found["GitHub subject"].found == f"{NUMBERED}:environment:preview"


def test_a_repository_with_the_older_form_is_ready_too(server: Answering) -> None:
    """The role trusts both forms."""
    plain = {"use_default": True, "use_immutable_subject": False}
    server.answers = {**ANSWERS, SUBJECT: plain}
    found = checks(server)["GitHub subject"]
    assert (found.state, found.found) == ("ok", f"repo:{NAME}:environment:preview")


@pytest.mark.parametrize("prefix", [{}, {"sub_claim_prefix": NUMBERED}])
def test_the_form_with_numbers_needs_the_numbers_in_the_settings(
    server: Answering, prefix: dict[str, str]
) -> None:
    """Without them the role refuses every token. GitHub's answer tells what to set."""
    form = {"use_default": True, "use_immutable_subject": True, **prefix}
    server.answers = {**ANSWERS, SUBJECT: form}
    found = checks(server, settings(owner_id=None, id=None))
    assert found["GitHub subject"].state == "missing"
    assert f"the role trusts repo:{NAME}" in found["GitHub subject"].found
    numbers = found["GitHub repository"]
    assert numbers.state == "advice"
    assert numbers.do == (
        "set repository.owner_id: 1001 and repository.id: 2002 in Pulumi.tooling.yaml"
    )


def test_wrong_numbers_are_found(server: Answering) -> None:
    """Both checks say so: the numbers differ, and the role doesn't trust the subject."""
    found = checks(server, settings(id=2003))
    assert found["GitHub repository"].state == "missing"
    assert "Pulumi.tooling.yaml says 1001 and 2003" in found["GitHub repository"].found
    assert found["GitHub subject"].state == "missing"


def test_a_customized_subject_is_found(server: Answering) -> None:
    """The role trusts only the default template."""
    custom = {"use_default": False, "include_claim_keys": ["repo", "job_workflow_ref"]}
    server.answers = {**ANSWERS, SUBJECT: custom}
    found = checks(server)["GitHub subject"]
    assert (found.state, found.found) == ("missing", "customized: repo, job_workflow_ref")


def test_a_renamed_repository_is_found(server: Answering) -> None:
    """GitHub answers for the old name with the repository of the new one."""
    told = {**ANSWERS[REPOSITORY], "full_name": "example-org/renamed"}
    server.answers = {**ANSWERS, REPOSITORY: told}
    found = checks(server)["GitHub repository"]
    assert (found.state, found.do) == ("missing", "set repository.name in Pulumi.tooling.yaml")


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (404, "no environment preview"),
        ({"protection_rules": []}, "environment preview has none"),
        ({"protection_rules": [{"type": "wait_timer"}]}, "environment preview has none"),
    ],
)
def test_an_environment_without_reviewers_is_found(
    server: Answering, answer: object, said: str
) -> None:
    """GitHub makes a missing environment by itself, and without reviewers."""
    server.answers = {**ANSWERS, ENVIRONMENT: answer}
    found = checks(server)["GitHub reviewers"]
    assert (found.state, found.found) == ("missing", said)
    assert "required reviewers" in found.do


def test_offline_nothing_is_told_and_nothing_is_missing() -> None:
    """The text says why, and how to check it."""
    (found,) = checks(None).values()
    assert found.state == "not told"
    assert "http://127.0.0.1:9 can't be asked: " in found.found
    assert "be online" in found.do


@pytest.mark.parametrize(
    ("token", "who"), [("", "a caller without a token"), ("wrong", "this token")]
)
def test_a_question_that_needs_another_token_is_not_a_failure(
    server: Answering, token: str, who: str
) -> None:
    """GitHub tells the form of the subject only with a token."""
    server.secret = frozenset({SUBJECT})
    found = checks(server, token=token)
    assert found["GitHub subject"].state == "not told"
    assert who in found["GitHub subject"].found
    assert found["GitHub reviewers"].state == "ok"
    assert checks(server, None, "right")["GitHub subject"].state == "ok"


def test_without_previews_github_is_not_asked(server: Answering) -> None:
    """Nothing depends on it."""
    tooling = settings()
    github = replace(tooling.github, previews=False)
    assert checks(server, replace(tooling, github=github)) == {}
