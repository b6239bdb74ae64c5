"""What of a cluster people can look at, and who can't."""

from collections.abc import Iterator
from http.client import HTTPConnection
from urllib.parse import urlsplit

import pytest

from local.flink.rest import Fetched, RestError
from local.flink.web_ui import WebUi


class Cluster:
    """Notes what it is asked, and answers."""

    def __init__(self) -> None:
        """Begin running."""
        self.asked: list[str] = []
        self.running = True

    def fetch(self, path: str) -> Fetched:
        """Answer, or be as one that has just ended."""
        self.asked.append(path)
        if path == "/gone":
            message = "no answer from the JobManager"
            raise RestError(message)
        return Fetched(201, "application/json", b"{}")


@pytest.fixture
def cluster() -> Cluster:
    """Give a cluster that runs."""
    return Cluster()


@pytest.fixture
def served(cluster: Cluster) -> Iterator[WebUi]:
    """Give its web UI."""
    with WebUi(lambda: cluster.fetch if cluster.running else None) as web_ui:
        yield web_ui


def _ask(url: str, method: str = "GET", **headers: str) -> tuple[int, str]:
    place = urlsplit(url)
    connection = HTTPConnection("127.0.0.1", place.port, timeout=10)
    path = place.path + (f"?{place.query}" if place.query else "")
    connection.request(method, path, headers=headers)
    answer = connection.getresponse()
    body = answer.read().decode()
    connection.close()
    return answer.status, body


def test_what_is_asked_is_passed_on_as_it_is(served: WebUi, cluster: Cluster) -> None:
    """With its query, and the answer's status."""
    assert _ask(f"{served.url}/jobs/overview?a=b") == (201, "{}")
    assert _ask(served.url)[0] == 201
    assert cluster.asked == ["/jobs/overview?a=b", "/"]


@pytest.mark.parametrize("path", ["/", "/overview", "/wrong/overview", "/wrong"])
def test_an_address_that_was_guessed_shows_nothing(
    served: WebUi, cluster: Cluster, path: str
) -> None:
    """Another user of the machine knows the port at most."""
    place = urlsplit(served.url)
    assert _ask(f"http://{place.netloc}{path}")[0] == 403
    assert cluster.asked == []


@pytest.mark.parametrize("method", ["POST", "PATCH", "PUT", "DELETE", "OPTIONS"])
def test_only_looking_is_served(served: WebUi, cluster: Cluster, method: str) -> None:
    """A job can neither be submitted nor cancelled."""
    assert _ask(f"{served.url}/jobs", method)[0] == 501
    assert cluster.asked == []


@pytest.mark.parametrize("path", ["/jobs/0/yarn-cancel", "/jobs/0/yarn-stop"])
def test_an_order_that_looks_like_looking_is_refused(
    served: WebUi, cluster: Cluster, path: str
) -> None:
    """Flink's page cancels a job with a GET."""
    assert _ask(f"{served.url}{path}")[0] == 403
    assert cluster.asked == []


@pytest.mark.parametrize(
    "headers", [{"Host": "evil.example"}, {"Origin": "https://evil.example"}, {"Origin": "null"}]
)
def test_no_other_page_is_served(served: WebUi, cluster: Cluster, headers: dict[str, str]) -> None:
    """Even where it has found the address."""
    assert _ask(f"{served.url}/overview", **headers)[0] == 403
    assert cluster.asked == []


def test_a_cluster_that_is_not_there_is_told(served: WebUi, cluster: Cluster) -> None:
    """The address stays, and works again with the next cluster."""
    assert _ask(f"{served.url}/gone") == (503, "no answer from the JobManager\n")
    cluster.running = False
    assert _ask(f"{served.url}/overview") == (503, "no cluster runs\n")
    cluster.running = True
    assert _ask(f"{served.url}/overview")[0] == 201
