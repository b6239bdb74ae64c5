"""The emulator's own process: `python -m local.emulator.server <descriptor> [plain]`.

The parent hands over a socket that is bound already, so that the port can't be lost between
choosing and using it and no other interface is ever bound, and a pipe as standard input: it ends
when the parent does, however that ends, and this process with it. (Linux's parent-death signal
would fire when the *thread* that started the process ends, and exists on no other system.)

`plain` leaves out all that is added to the emulator; the tests ask such a one what it lacks.
"""

import asyncio
import importlib
import os
import sys
from typing import Final

from hypercorn.config import Config

from common.child import end_with_parent
from local.emulator import front
from local.emulator.patches import (
    cloudwatch,
    firehose,
    iam,
    kinesis,
    kinesis_metrics,
    kinesis_shards,
    managed_flink,
    sts,
)

PATCHES: Final = (
    iam,
    sts,
    kinesis,
    kinesis_shards,
    kinesis_metrics,
    cloudwatch,
    firehose,
    managed_flink,
)
"""In the order of installation: metrics are counted around what comes before them."""


def main() -> None:
    """Serve the emulator on the inherited socket until the parent goes or a signal comes."""
    descriptor, *options = sys.argv[1:]
    end_with_parent()
    application = importlib.import_module("ministack.app").app
    if "plain" not in options:
        for patch in PATCHES:
            patch.install()
        port = int(os.environ["GATEWAY_PORT"])
        application = front.over_tls(sts.announcing(application))
        application = front.for_those_who_sign(application, port)
    config = Config()
    config.bind = [f"fd://{descriptor}"]
    config.keep_alive_timeout = 75  # seconds, as ministack serves itself
    serve = importlib.import_module("hypercorn.asyncio").serve
    asyncio.run(serve(application, config))


if __name__ == "__main__":
    main()
