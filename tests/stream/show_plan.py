"""Print what Flink's planner makes of the job; runs in the job's environment.

Usage: python tests/stream/show_plan.py
"""

import json
import sys
from pathlib import Path

from pyflink.util.java_utils import add_jars_to_context_class_loader

ROOT = Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT))

from job import pipeline  # noqa: E402 -- found only now
from job.properties import CHOICES, KEYS, REQUIRED, JobProperties  # noqa: E402


def main() -> None:
    """Print a JSON object: output format to execution plan."""
    add_jars_to_context_class_loader([(ROOT / "job/target/stocktrading-job.jar").as_uri()])
    plans = {}
    for form in CHOICES["output_format"]:
        names = {KEYS[name]: name for name in REQUIRED}
        given = {KEYS["region"]: "us-east-1", KEYS["output_format"]: form}
        properties = JobProperties.from_property_map(names | given)
        plans[form] = pipeline.query(properties).explain().partition("Execution Plan ==")[2]
    sys.stdout.write(json.dumps(plans))


if __name__ == "__main__":
    main()
