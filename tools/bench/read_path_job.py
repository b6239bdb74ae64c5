"""The job as it is deployed, in one process whose CPU time is told; runs in the job's environment.

Usage: python tools/bench/read_path_job.py ENDPOINT
Runs until its input ends. For each line of input it prints the CPU-seconds of the JVM so far.
"""

import json
import sys
from pathlib import Path
from typing import Any

from pyflink.common import Configuration
from pyflink.datastream import StreamExecutionEnvironment
from pyflink.java_gateway import get_gateway
from pyflink.util.java_utils import add_jars_to_context_class_loader

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from job import pipeline, source, statements  # noqa: E402 -- found only now
from job.properties import JobProperties  # noqa: E402

JARS = [
    (ROOT / "job" / "target" / name).as_uri()
    for name in ("stocktrading-job.jar", "stocktrading-job-tests.jar")
]


def main(endpoint: str) -> None:
    """Run the whole job at parallelism 1 against an endpoint."""
    config = Configuration()
    config.set_string("pipeline.jars", ";".join(JARS))
    env = StreamExecutionEnvironment.get_execution_environment(config)
    env.set_parallelism(1)
    add_jars_to_context_class_loader(JARS)
    properties = JobProperties(
        region="us-east-1",
        endpoint=endpoint,
        input_stream="ingest",
        output_stream="results",
        dead_letter_stream="dead-letters",
        initial_position="TRIM_HORIZON",
    )
    tables = pipeline.table_environment(env)
    for sink in statements.sinks(properties):
        tables.execute_sql(sink)
    records = source.trades(env, properties)
    job = pipeline.plan(tables, records, properties, statements.inserts(properties)).execute()
    java: Any = get_gateway().jvm
    for _ in sys.stdin:
        print(json.dumps(java.stocktrading.job.BenchTrades.cpuSeconds()), flush=True)
    client = job.get_job_client()
    if client:
        client.cancel().result()


if __name__ == "__main__":
    main(sys.argv[1])
