"""Measure one run of the job's query over prepared bytes, in the job's environment.

Usage: python tools/bench/window_job.py TRADES RESULTS_DIRECTORY
Prints {"seconds": ..., "cpu": ...}, measured from the first record to the end of the job.
"""

import json
import sys
from pathlib import Path
from typing import Any

from pyflink.common import Configuration
from pyflink.datastream import StreamExecutionEnvironment
from pyflink.datastream.functions import SourceFunction
from pyflink.java_gateway import get_gateway
from pyflink.util.java_utils import add_jars_to_context_class_loader

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from job import pipeline, statements  # noqa: E402 -- needs the path set above
from job.properties import JobProperties  # noqa: E402

JARS = [
    (ROOT / "job" / "target" / name).as_uri()
    for name in ("stocktrading-job.jar", "stocktrading-job-tests.jar")
]


def main(trades: int, results: Path) -> None:
    """Run the query at parallelism 1. Results go to files, dead letters are discarded."""
    config = Configuration()
    config.set_string("pipeline.jars", ";".join(JARS))
    env = StreamExecutionEnvironment.get_execution_environment(config)
    env.set_parallelism(1)
    add_jars_to_context_class_loader(JARS)
    java: Any = get_gateway().jvm
    properties = JobProperties(
        region="none",
        input_stream="none",
        output_stream="none",
        dead_letter_stream="none",
    )
    tables = pipeline.table_environment(env)
    source = env.add_source(SourceFunction(java.stocktrading.job.BenchTrades(trades)), "trades")
    tables.execute_sql(
        f"CREATE TEMPORARY TABLE results (line STRING, ticker STRING) "
        f"WITH ('connector' = 'filesystem', 'path' = '{results.as_uri()}', 'format' = 'text-line')"
    )
    tables.execute_sql(
        "CREATE TEMPORARY TABLE dead_letters (line STRING) WITH ('connector' = 'blackhole')"
    )
    pipeline.plan(tables, source, properties, statements.inserts(properties)).execute().wait()
    seconds, cpu = java.stocktrading.job.BenchTrades.elapsedSeconds()
    print(json.dumps({"seconds": seconds, "cpu": cpu}))


if __name__ == "__main__":
    main(int(sys.argv[1]), Path(sys.argv[2]))
