"""Read from Flink's graph which operators of the job keep state. Runs in the job's environment.

Usage: job/.venv/bin/python -m release.plan JAR
Prints a JSON object with the id of each operator that keeps state, and what the state depends on.
The plan uses the default properties, because a version is built before its stack is known.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from pyflink.datastream import StreamExecutionEnvironment
from pyflink.util.java_utils import add_jars_to_context_class_loader

from job import pipeline, source, statements
from job.properties import JobProperties

PROPERTIES = JobProperties(
    region="us-east-1", input_stream="in", output_stream="out", dead_letter_stream="dead"
)
WRITER = "SinkWriterOperatorFactory"
"""The state of a sink is the records that it has not written yet."""


def stateful(jar: Path) -> dict[str, str]:
    """Plan the job, and describe each operator with state: source, keyed operators, sinks."""
    add_jars_to_context_class_loader([jar.resolve().as_uri()])
    env = StreamExecutionEnvironment.get_execution_environment()
    tables = pipeline.table_environment(env)
    for sink in statements.sinks(PROPERTIES):
        tables.execute_sql(sink)
    records = source.trades(env, PROPERTIES)
    inserts = statements.inserts(PROPERTIES)
    pipeline.plan(tables, records, PROPERTIES, inserts).attach_as_datastream()
    java: Any = env._j_stream_execution_environment  # noqa: SLF001 -- PyFlink has no graph of its own
    nodes = java.getStreamGraph(False).getStreamNodes().toArray()  # noqa: FBT003 -- a Java method's argument
    return {
        node.getTransformationUID(): node.getOperatorDescription()
        for node in nodes
        if node.getTransformationUID() == source.UID
        or node.getStateKeySerializer() is not None
        or node.getOperatorFactory().getClass().getSimpleName() == WRITER
    }


if __name__ == "__main__":
    sys.stdout.write(json.dumps(stateful(Path(sys.argv[1]))) + "\n")
