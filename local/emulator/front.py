"""What stands in front of the emulator: ASGI applications around its own.

Transport. On AWS a bucket policy can refuse calls without TLS. Everything here is on the loopback
interface, where no TLS is spoken, so each call counts as one over TLS, as behind a proxy that
ended it. The emulator holds them to be without: `test_calls_are_not_over_tls`.
"""

from local.emulator.asgi import Application, Receive, Scope, Send


def over_tls(application: Application) -> Application:
    """Serve each request as a proxy does that has ended TLS."""

    async def serve(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            headers = [*scope["headers"], (b"x-forwarded-proto", b"https")]
            scope = {**scope, "headers": headers}
        await application(scope, receive, send)

    return serve
