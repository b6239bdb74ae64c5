"""Print Flink's plans for the job and for other queries. It runs in the job's environment.

Usage: python tests/stream/show_plan.py
"""

import json
import sys
from pathlib import Path

from pyflink.datastream import StreamExecutionEnvironment
from pyflink.util.java_utils import add_jars_to_context_class_loader

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from job import pipeline, source, statements  # noqa: E402 -- the path is set above
from job.properties import CHOICES, KEYS, REQUIRED, JobProperties  # noqa: E402

PRICES = """
    INSERT INTO results
    SELECT CAST(COUNT(DISTINCT price) AS STRING), ticker
    FROM TABLE(TUMBLE(TABLE valid_trades, DESCRIPTOR(event_time), INTERVAL '30' SECOND))
    GROUP BY window_start, window_end, ticker"""
"""A query that can't be answered from slices."""


def plan(properties: JobProperties, inserts: list[str]) -> dict[str, object]:
    """Give the execution plan, and the chained operators of each task."""
    env = StreamExecutionEnvironment.get_execution_environment()
    env.set_parallelism(2)
    tables = pipeline.table_environment(env)
    for sink in statements.sinks(properties):
        tables.execute_sql(sink)
    together = pipeline.plan(tables, source.trades(env, properties), properties, inserts)
    text = together.explain().partition("Execution Plan ==")[2]
    together.attach_as_datastream()
    graph = env._j_stream_execution_environment.getStreamGraph(True).getJobGraph()  # noqa: SLF001, FBT003 -- PyFlink has no method for the graph
    tasks = [task.getName() for task in graph.getVerticesAsArray()]
    return {"plan": text, "tasks": tasks}


def main() -> None:
    """Print a JSON object with plan and tasks by output format or by the query's name."""
    add_jars_to_context_class_loader([(ROOT / "job/target/stocktrading-job.jar").as_uri()])
    plans: dict[str, object] = {}
    names = {KEYS[name]: name for name in REQUIRED} | {KEYS["region"]: "us-east-1"}
    for form in CHOICES["output_format"]:
        properties = JobProperties.from_property_map(names | {KEYS["output_format"]: form})
        plans[form] = plan(properties, statements.inserts(properties))
    properties = JobProperties.from_property_map(names)
    plans["prices"] = plan(properties, [PRICES, statements.inserts(properties)[1]])
    sys.stdout.write(json.dumps(plans))


if __name__ == "__main__":
    main()
