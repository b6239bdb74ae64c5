"""The emulator serves signed requests to its own address, and no web page and no other user."""

import http.client
import json
import os
import threading
from collections.abc import Iterator, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import boto3
import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.config import Config
from botocore.credentials import Credentials
from botocore.exceptions import ClientError
from playwright.sync_api import Browser

from local.accounts import HOST, REGION
from local.clients import Clients
from local.emulator.child import Emulator
from stack.emulator import secret_file, secret_for

pytestmark = pytest.mark.emulator

LIST: Final = {"X-Amz-Target": "Kinesis_20131202.ListStreams"}
SDK: Final[Any] = boto3
JSON: Final = "application/x-amz-json-1.1"


def _signed(
    emulator: Emulator, account: str, secret: str, headers: Mapping[str, str] | None = None
) -> dict[str, str]:
    """Give the headers of a signed ListStreams request."""
    sent = {**LIST, "Content-Type": JSON, **(headers or {})}
    request = AWSRequest("POST", f"{emulator.endpoint}/", headers=sent, data=b"{}")
    SigV4Auth(Credentials(account, secret), "kinesis", REGION).add_auth(request)
    return dict(request.headers.items())


def _ask(
    emulator: Emulator,
    headers: Mapping[str, str],
    method: str = "POST",
    path: str = "/",
    body: bytes = b"{}",
) -> tuple[int, http.client.HTTPMessage, str]:
    connection = http.client.HTTPConnection(HOST, emulator.port, timeout=30)
    try:
        connection.request(method, path, body=body, headers=dict(headers))
        answer = connection.getresponse()
        return answer.status, answer.headers, answer.read().decode()
    finally:
        connection.close()


@pytest.fixture
def signed(emulator: Emulator, account: str) -> dict[str, str]:
    """Give the headers of a request by the account's root user."""
    return _signed(emulator, account, secret_for(emulator.endpoint))


def test_a_signed_call_is_served(emulator: Emulator, signed: Mapping[str, str]) -> None:
    """Each of the next tests changes one property of this request."""
    status, _, body = _ask(emulator, signed)
    assert (status, json.loads(body)["StreamNames"]) == (200, [])


@pytest.mark.parametrize(
    ("host", "expected"),
    [("localhost", 200), ("evil.example", 403), ("127.0.0.1.evil.example", 403)],
)
def test_only_its_own_address_is_served(
    emulator: Emulator, account: str, host: str, expected: int
) -> None:
    """The owner of a web page can make a domain name resolve to this machine. It is refused."""
    headers = {"Host": f"{host}:{emulator.port}"}
    signed = _signed(emulator, account, secret_for(emulator.endpoint), headers)
    status, _, body = _ask(emulator, signed)
    assert status == expected
    if expected != 200:
        assert body == (
            f"Host {host}:{emulator.port}: allowed: "
            f"127.0.0.1:{emulator.port}, localhost:{emulator.port}\n"
        )


def test_a_host_without_a_port_is_another_server(
    emulator: Emulator, signed: Mapping[str, str]
) -> None:
    """A host without a port means port 80, and the emulator isn't on port 80."""
    assert _ask(emulator, {**signed, "Host": HOST})[0] == 403


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://127.0.0.1:1"])
def test_no_page_is_served(emulator: Emulator, signed: Mapping[str, str], origin: str) -> None:
    """A page is refused whatever its origin, also with a valid signature."""
    status, _, body = _ask(emulator, {**signed, "Origin": origin})
    assert (status, body) == (403, f"Origin {origin}: web pages aren't served\n")


def test_an_answer_lets_no_page_read_it(emulator: Emulator, signed: Mapping[str, str]) -> None:
    """No CORS header is sent, and a browser's preflight request is refused."""
    _, headers, _ = _ask(emulator, signed)
    assert not [name for name in headers if name.lower().startswith("access-control")]
    asked = {"Access-Control-Request-Method": "POST"}
    assert _ask(emulator, asked, "OPTIONS")[0] == 403


@pytest.mark.parametrize("secret", ["test", "", "0" * 40])
def test_another_secret_is_refused(emulator: Emulator, account: str, secret: str) -> None:
    """The secret that emulators usually accept is refused too."""
    status, _, body = _ask(emulator, _signed(emulator, account, secret))
    assert status in {400, 403}
    assert "InvalidSignatureException" in body


def test_an_altered_call_is_refused(emulator: Emulator, signed: Mapping[str, str]) -> None:
    """The signature covers the body and the headers."""
    assert "InvalidSignatureException" in _ask(emulator, signed, body=b'{"Limit": 1}')[2]
    other = {**signed, "X-Amz-Target": "Kinesis_20131202.CreateStream"}
    assert "InvalidSignatureException" in _ask(emulator, other)[2]


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/"),
        ("GET", "/bucket/key"),
        ("POST", "/_ministack/reset"),
        ("GET", "/_ministack/ready"),
        ("GET", "/_ministack/lambda-code/1/us-east-1/f"),
        ("GET", "/_localstack/health"),
        ("POST", "/2015-03-31/functions/f/invocations"),
        ("POST", "/oauth2/token"),
        ("GET", "/bucket/key?X-Amz-Algorithm=AWS4-HMAC-SHA256"),
        ("GET", "/bucket/key?AWSAccessKeyId=222222222222&Signature=x&Expires=9999999999"),
    ],
)
@pytest.mark.parametrize("headers", [{}, {"Authorization": "AWS4-HMAC-SHA256 Credential=a/b"}])
def test_an_unsigned_call_is_refused(
    emulator: Emulator, method: str, path: str, headers: Mapping[str, str]
) -> None:
    """The request is refused even if the emulator itself would not require a signature."""
    assert _ask(emulator, {**LIST, **headers}, method, path)[0] in {400, 403}


def test_the_health_is_reported_without_a_signature_but_not_to_pages(emulator: Emulator) -> None:
    """The response says that the emulator is up, and gives its version."""
    assert _ask(emulator, {}, "GET", "/_ministack/health")[0] == 200
    assert _ask(emulator, {"Origin": "null"}, "GET", "/_ministack/health")[0] == 403
    assert _ask(emulator, {}, "DELETE", "/_ministack/health")[0] in {400, 403}


def test_users_and_sessions_sign_with_their_own_secrets(clients: Clients, account: str) -> None:
    """An IAM user's key and a role's session work only with their own secret and token."""
    iam = clients.client("iam", account)
    iam.create_user(UserName="u")
    policy = {"Statement": [{"Effect": "Allow", "Action": "kinesis:*", "Resource": "*"}]}
    document = json.dumps({"Version": "2012-10-17", **policy})
    iam.put_user_policy(UserName="u", PolicyName="p", PolicyDocument=document)
    key = iam.create_access_key(UserName="u")["AccessKey"]
    trust = {
        "Effect": "Allow",
        "Principal": {"AWS": f"arn:aws:iam::{account}:root"},
        "Action": "sts:AssumeRole",
    }
    trusted = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    role = iam.create_role(RoleName="r", AssumeRolePolicyDocument=trusted)["Role"]["Arn"]
    iam.put_role_policy(RoleName="r", PolicyName="p", PolicyDocument=document)
    session = clients.assume_role(role, account)

    def streams(access_key: str, secret: str, token: str | None = None) -> list[str]:
        client = SDK.client(
            "kinesis",
            endpoint_url=clients.endpoint,
            region_name=REGION,
            aws_access_key_id=access_key,
            aws_secret_access_key=secret,
            aws_session_token=token,
        )
        return client.list_streams()["StreamNames"]

    user, role_key = key["AccessKeyId"], session["aws_access_key_id"]
    secret, token = session["aws_secret_access_key"], session["aws_session_token"]
    assert streams(user, key["SecretAccessKey"]) == []
    assert streams(role_key, secret, token) == []
    for wrong in ((user, secret), (role_key, key["SecretAccessKey"], token), (role_key, secret)):
        with pytest.raises(ClientError):
            streams(*wrong)


def test_a_presigned_address_works_until_it_expires(clients: Clients, account: str) -> None:
    """A presigned address of S3 is for one object and one operation."""
    secret = secret_for(clients.endpoint)
    s3 = SDK.client(
        "s3",
        endpoint_url=clients.endpoint,
        region_name=REGION,
        aws_access_key_id=account,
        aws_secret_access_key=secret,
        config=Config(signature_version="s3v4"),  # AWS no longer supports boto3's default
    )
    bucket = f"presigned-{account}"
    s3.create_bucket(Bucket=bucket)
    s3.put_object(Bucket=bucket, Key="a b/ü.txt", Body=b"here")
    emulator_port = urlsplit(clients.endpoint).port

    def fetch(url: str) -> tuple[int, bytes]:
        place = urlsplit(url)
        connection = http.client.HTTPConnection(HOST, emulator_port, timeout=30)
        connection.request("GET", f"{place.path}?{place.query}")
        answer = connection.getresponse()
        return answer.status, answer.read()

    params = {"Bucket": bucket, "Key": "a b/ü.txt"}
    good = s3.generate_presigned_url("get_object", Params=params)
    assert fetch(good) == (200, b"here")
    assert fetch(good.replace("%20", "c"))[0] == 403
    late = s3.generate_presigned_url("get_object", Params=params, ExpiresIn=-1)
    assert fetch(late)[0] == 403


def test_the_secret_is_new_for_each_run_and_only_this_user_can_read_it(tmp_path: Path) -> None:
    """Its file has mode 0600, in a directory of mode 0700, and is deleted with the emulator."""
    secrets: set[str] = set()
    for _ in range(2):
        with Emulator(run_directory=tmp_path) as emulator:
            file = secret_file(emulator.port)
            assert file.stat().st_mode & 0o777 == 0o600
            assert file.parent.stat().st_mode & 0o777 == 0o700
            assert file.stat().st_uid == os.getuid()
            secrets.add(secret_for(emulator.endpoint))
            arguments = Path(f"/proc/{emulator.pid}/cmdline")
            if arguments.exists():  # all users can read this file
                assert secret_for(emulator.endpoint).encode() not in arguments.read_bytes()
        assert not file.exists()
    assert len(secrets) == 2
    assert all(len(secret) == 40 for secret in secrets)


@pytest.fixture
def elsewhere() -> Iterator[str]:
    """Give the address of a page of another origin."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(b"<!doctype html><title>elsewhere</title>")

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 -- the base class's
            """Log nothing."""

    server = ThreadingHTTPServer((HOST, 0), Handler)
    threading.Thread(target=server.serve_forever, args=(0.1,), daemon=True).start()
    yield f"http://{HOST}:{server.server_port}/"
    server.shutdown()
    server.server_close()


FETCH: Final = """
async ([url, options]) => {
  try {
    const answer = await fetch(url, options);
    return `${answer.type} ${answer.status}`;
  } catch (error) {
    return "refused";
  }
}
"""


@pytest.mark.browser
def test_a_page_elsewhere_can_do_nothing(
    emulator: Emulator, clients: Clients, account: str, browser: Browser, elsewhere: str
) -> None:
    """A real browser can't act on the emulator, with or without a preflight request.

    The page can't read a response. The page knows the account, the port and a valid signature:
    everything except the secret.
    """
    signed = _signed(emulator, account, secret_for(emulator.endpoint))
    signed = {name: value for name, value in signed.items() if name.lower() != "host"}
    create = {**LIST, "X-Amz-Target": "Kinesis_20131202.CreateStream", "Content-Type": JSON}
    simple = {"method": "POST", "mode": "no-cors", "body": json.dumps({"StreamName": "evil"})}
    key = f"AWS4-HMAC-SHA256 Credential={account}/20260101/us-east-1/kinesis/aws4_request"
    attempts = {
        "a signed call": {"method": "POST", "headers": signed, "body": "{}"},
        "a call as the account": {
            "method": "POST",
            "headers": {**create, "Authorization": f"{key}, SignedHeaders=host, Signature=0"},
            "body": json.dumps({"StreamName": "evil", "ShardCount": 1}),
        },
        "a form": {**simple, "headers": {"Content-Type": "text/plain"}},
    }
    page = browser.new_page()
    page.goto(elsewhere)
    found = {
        name: page.evaluate(FETCH, [f"{emulator.endpoint}/", options])
        for name, options in attempts.items()
    }
    page.close()
    assert found == {
        "a signed call": "refused",
        "a call as the account": "refused",
        "a form": "opaque 0",  # a browser sends a form without a preflight
    }
    assert clients.client("kinesis", account).list_streams()["StreamNames"] == []
    assert _log_lines(emulator, "web pages aren't served") >= len(attempts)


def _log_lines(emulator: Emulator, text: str) -> int:
    return emulator.log.read_text("utf-8").count(text)
