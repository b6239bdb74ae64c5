"""The emulator's own process: `python -m local.emulator.server <descriptor> [plain]`.

The parent passes a socket that is already bound. So no other process can take the port before this
one uses it, and this process never binds another interface. Standard input is a pipe from the
parent. The pipe closes when the parent ends in any way, and then this process ends too. (Linux's
parent-death signal is sent when the *thread* that started the process ends, and other systems don't
have this signal.)

`plain` runs the emulator without the patches. The tests of what the emulator lacks use it.
"""

import asyncio
import importlib
import os
import sys
from pathlib import Path
from typing import Final

from hypercorn.config import Config

from common.child import end_with_parent
from local.emulator import disturbance, front
from local.emulator.patches import (
    cloudwatch,
    codebuild,
    firehose,
    iam,
    iam_resources,
    kinesis,
    kinesis_closed_shards,
    kinesis_metrics,
    kinesis_shards,
    kms,
    managed_flink,
    managed_flink_records,
    managed_flink_work,
    sts,
)

PATCHES: Final = (
    iam,
    iam_resources,
    sts,
    kinesis,
    kinesis_shards,
    kinesis_closed_shards,
    kinesis_metrics,
    cloudwatch,
    firehose,
    managed_flink,
    managed_flink_records,
    managed_flink_work,
    codebuild,
    kms,
)
"""In the order of installation. `kinesis_metrics` and `managed_flink_records` wrap functions that
earlier modules replace."""


RULES_VARIABLE: Final = "EMULATOR_DISTURBANCES"
"""Names the file with rules for faults. The parent sets it."""


def main() -> None:
    """Serve the emulator on the inherited socket until the parent ends or a signal comes."""
    descriptor, *options = sys.argv[1:]
    end_with_parent()
    application = importlib.import_module("ministack.app").app
    if "plain" not in options:
        for patch in PATCHES:
            patch.install()
        port = int(os.environ["GATEWAY_PORT"])
        application = front.over_tls(sts.announcing(application))
        if file := os.environ.get(RULES_VARIABLE):
            rules = disturbance.Rules(Path(file))
            disturbance.install(rules)
            application = disturbance.disturbing(application, rules)
        application = front.for_those_who_sign(application, port)
    config = Config()
    config.bind = [f"fd://{descriptor}"]
    config.keep_alive_timeout = 75  # seconds, as in ministack's own server
    serve = importlib.import_module("hypercorn.asyncio").serve
    asyncio.run(serve(application, config))


if __name__ == "__main__":
    main()
