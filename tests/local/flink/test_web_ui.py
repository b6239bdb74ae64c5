"""The read-only proxy of Flink's web UI, and the requests that it refuses."""

from collections.abc import Iterator
from http.client import HTTPConnection
from urllib.parse import urlsplit

import pytest

from local.flink.rest import Fetched, RestError
from local.flink.web_ui import WebUi


class Cluster:
    """Records requests, and responds to them."""

    def __init__(self) -> None:
        """Make a running cluster."""
        self.asked: list[str] = []
        self.running = True

    def fetch(self, path: str) -> Fetched:
        """Respond, or fail like a cluster that has just ended."""
        self.asked.append(path)
        if path == "/gone":
            message = "no answer from the JobManager"
            raise RestError(message)
        return Fetched(201, "application/json", b"{}")


@pytest.fixture
def cluster() -> Cluster:
    """Give a running cluster."""
    return Cluster()


@pytest.fixture
def served(cluster: Cluster) -> Iterator[WebUi]:
    """Give the cluster's web UI."""
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


def test_a_request_is_passed_on_without_a_change(served: WebUi, cluster: Cluster) -> None:
    """The query and the response's status are passed on too."""
    assert _ask(f"{served.url}/jobs/overview?a=b") == (201, "{}")
    assert _ask(served.url)[0] == 201
    assert cluster.asked == ["/jobs/overview?a=b", "/"]


@pytest.mark.parametrize("path", ["/", "/overview", "/wrong/overview", "/wrong"])
def test_an_address_with_a_wrong_token_is_refused(
    served: WebUi, cluster: Cluster, path: str
) -> None:
    """Another user of the machine can only know the port."""
    place = urlsplit(served.url)
    assert _ask(f"http://{place.netloc}{path}")[0] == 403
    assert cluster.asked == []


@pytest.mark.parametrize("method", ["POST", "PATCH", "PUT", "DELETE", "OPTIONS"])
def test_only_reading_is_served(served: WebUi, cluster: Cluster, method: str) -> None:
    """No job can be submitted or cancelled."""
    assert _ask(f"{served.url}/jobs", method)[0] == 501
    assert cluster.asked == []


@pytest.mark.parametrize("path", ["/jobs/0/yarn-cancel", "/jobs/0/yarn-stop"])
def test_a_get_that_changes_a_job_is_refused(served: WebUi, cluster: Cluster, path: str) -> None:
    """Flink's page cancels a job with a GET."""
    assert _ask(f"{served.url}{path}")[0] == 403
    assert cluster.asked == []


@pytest.mark.parametrize(
    "headers", [{"Host": "evil.example"}, {"Origin": "https://evil.example"}, {"Origin": "null"}]
)
def test_no_other_page_is_served(served: WebUi, cluster: Cluster, headers: dict[str, str]) -> None:
    """This holds even if the page knows the address."""
    assert _ask(f"{served.url}/overview", **headers)[0] == 403
    assert cluster.asked == []


def test_the_response_without_a_cluster_is_an_error(served: WebUi, cluster: Cluster) -> None:
    """The address stays the same, and works again with the next cluster."""
    assert _ask(f"{served.url}/gone") == (503, "no answer from the JobManager\n")
    cluster.running = False
    assert _ask(f"{served.url}/overview") == (503, "no cluster runs\n")
    cluster.running = True
    assert _ask(f"{served.url}/overview")[0] == 201
