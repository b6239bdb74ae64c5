"""The emulator's own process: `python -m local.emulator.server <descriptor>`.

The parent hands over a socket that is bound already, so that the port can't be lost between
choosing and using it and no other interface is ever bound, and a pipe as standard input: it ends
when the parent does, however that ends, and this process with it. (Linux's parent-death signal
would fire when the *thread* that started the process ends, and exists on no other system.)
"""

import asyncio
import importlib
import os
import signal
import sys
import threading

from hypercorn.config import Config

from local.emulator import patch_cloudwatch as emulator_alarms
from local.emulator import patch_data as emulator_data
from local.emulator import patch_iam as emulator_policies
from local.emulator import patch_kinesis_metrics as emulator_metrics


def main() -> None:
    """Serve the emulator on the inherited socket until the parent goes or a signal comes."""
    descriptor = int(sys.argv[1])
    threading.Thread(target=_end_with_parent, daemon=True).start()
    emulator_policies.install()
    emulator_data.install()
    emulator_metrics.install()
    emulator_alarms.install()
    application = importlib.import_module("ministack.app").app
    config = Config()
    config.bind = [f"fd://{descriptor}"]
    config.keep_alive_timeout = 75  # seconds, as ministack serves itself
    serve = importlib.import_module("hypercorn.asyncio").serve
    asyncio.run(serve(application, config))


def _end_with_parent() -> None:
    while os.read(sys.stdin.fileno(), 1):
        pass
    os.killpg(0, signal.SIGTERM)


if __name__ == "__main__":
    main()
