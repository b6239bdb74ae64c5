"""Entry point of the archive, which the run option `python` of Managed Flink names."""

import os
import sys
from pathlib import Path

from job.pipeline import run
from job.properties import PROPERTIES_FILE, JobProperties, PropertyError

if __name__ == "__main__":
    path = Path(os.environ.get("APPLICATION_PROPERTIES_FILE", PROPERTIES_FILE))
    try:
        run(JobProperties.from_file(path))
    except PropertyError as error:
        sys.exit(f"stocktrading-job: {error}")
