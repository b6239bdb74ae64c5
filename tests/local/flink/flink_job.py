"""A tiny PyFlink application and an account to run it in, for the tests of Managed Flink.

The application counts a sequence of numbers in four groups. Its output shows if its state was kept:
after a restart a kept count continues, and a lost count begins at 1.
"""

import io
import json
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from local.accounts import WORKLOAD
from local.clients import Clients

COUNT: Final = "SELECT k, COUNT(*) FROM numbers GROUP BY k"
CRASH: Final = "SELECT k, COUNT(10 / MOD(n, 1)) FROM numbers GROUP BY k"
BUCKET: Final = "tiny-code"

_MAIN: Final = """
import json, os, sys
from tiny import tables
from pyflink.table import EnvironmentSettings, TableEnvironment

with open(os.environ["APPLICATION_PROPERTIES_FILE"]) as file:
    groups = {{group["PropertyGroupId"]: group["PropertyMap"] for group in json.load(file)}}
if groups["Tiny"]["rows"] == "none":
    sys.exit("Tiny.rows: given none; allowed: a number")
environment = TableEnvironment.create(EnvironmentSettings.in_streaming_mode())
for table in tables.TABLES:
    environment.execute_sql(table.format(rows=groups["Tiny"]["rows"]))
environment.execute_sql("INSERT INTO counts {query}")
"""

_TABLES: Final = '''
TABLES = [
    """CREATE TABLE numbers (n BIGINT, k AS MOD(n, 4)) WITH (
        'connector' = 'datagen', 'rows-per-second' = '{rows}',
        'fields.n.kind' = 'sequence', 'fields.n.start' = '0', 'fields.n.end' = '1000000')""",
    "CREATE TABLE counts (k BIGINT, c BIGINT) WITH ('connector' = 'print')",
]
'''


def parts(query: str = COUNT) -> dict[str, str | bytes]:
    """Give the application's files: `main.py`, a module and an empty jar."""
    jar = io.BytesIO()
    with zipfile.ZipFile(jar, "w") as empty:
        empty.writestr("META-INF/MANIFEST.MF", "Manifest-Version: 1.0\n")
    return {
        "main.py": _MAIN.format(query=query),
        "modules/tiny/__init__.py": "",
        "modules/tiny/tables.py": _TABLES,
        "lib/tiny.jar": jar.getvalue(),
    }


def archive(query: str = COUNT, *, without: str = "") -> bytes:
    """Zip the application's files, except the file `without`."""
    zipped = io.BytesIO()
    with zipfile.ZipFile(zipped, "w") as target:
        for path, content in parts(query).items():
            if path != without:
                target.writestr(path, content)
    return zipped.getvalue()


def properties(rows: str = "20") -> list[dict[str, Any]]:
    """Give the property groups of the application."""
    options = {"python": "main.py", "jarfile": "lib/tiny.jar", "pyFiles": "modules"}
    return [
        {"PropertyGroupId": "kinesis.analytics.flink.run.options", "PropertyMap": options},
        {"PropertyGroupId": "Tiny", "PropertyMap": {"rows": rows}},
    ]


@dataclass(frozen=True)
class Account:
    """The workload account in a running emulator, with a code bucket and the role of a job."""

    clients: Clients

    @property
    def flink(self) -> Any:  # noqa: ANN401 -- boto3 makes clients at run time
        """The control plane of Managed Flink."""
        return self.clients.client("kinesisanalyticsv2", WORKLOAD)

    def prepare(self) -> None:
        """Make the bucket, and a role that may only read `releases/` in it."""
        self.clients.client("s3", WORKLOAD).create_bucket(Bucket=BUCKET)
        iam = self.clients.client("iam", WORKLOAD)
        trust = _policy(
            "sts:AssumeRole", {"Principal": {"Service": "kinesisanalytics.amazonaws.com"}}
        )
        iam.create_role(RoleName="tiny", AssumeRolePolicyDocument=trust)
        read = _policy("s3:GetObject", {"Resource": f"arn:aws:s3:::{BUCKET}/releases/*"})
        iam.put_role_policy(RoleName="tiny", PolicyName="code", PolicyDocument=read)

    def upload(self, key: str, content: bytes) -> None:
        """Put an archive into the code bucket."""
        self.clients.client("s3", WORKLOAD).put_object(Bucket=BUCKET, Key=key, Body=content)

    def create(self, name: str, key: str, *, rows: str = "20", parallelism: int = 1) -> None:
        """Make an application with snapshots and a checkpoint every second."""
        self.flink.create_application(
            ApplicationName=name,
            RuntimeEnvironment="FLINK-1_20",
            ServiceExecutionRole=f"arn:aws:iam::{WORKLOAD}:role/tiny",
            ApplicationConfiguration={
                "ApplicationCodeConfiguration": {
                    "CodeContentType": "ZIPFILE",
                    "CodeContent": {
                        "S3ContentLocation": {"BucketARN": f"arn:aws:s3:::{BUCKET}", "FileKey": key}
                    },
                },
                "EnvironmentProperties": {"PropertyGroups": properties(rows)},
                "ApplicationSnapshotConfiguration": {"SnapshotsEnabled": True},
                "FlinkApplicationConfiguration": {
                    "CheckpointConfiguration": {
                        "ConfigurationType": "CUSTOM",
                        "CheckpointingEnabled": True,
                        "CheckpointInterval": 1000,
                        "MinPauseBetweenCheckpoints": 500,
                    },
                    "ParallelismConfiguration": {
                        "ConfigurationType": "CUSTOM",
                        "Parallelism": parallelism,
                        "ParallelismPerKPU": 1,
                        "AutoScalingEnabled": False,
                    },
                },
            },
        )

    def status(self, name: str) -> str:
        """Give an application's status, as the service tells it."""
        detail = self.flink.describe_application(ApplicationName=name)["ApplicationDetail"]
        return detail["ApplicationStatus"]

    def start(self, name: str, restore: Mapping[str, str] | None = None) -> None:
        """Start an application. Default: from its latest snapshot."""
        latest = {"ApplicationRestoreType": "RESTORE_FROM_LATEST_SNAPSHOT"}
        configuration = {"ApplicationRestoreConfiguration": dict(restore or latest)}
        self.flink.start_application(ApplicationName=name, RunConfiguration=configuration)

    def update(self, name: str, key: str, *, groups: Sequence[Mapping[str, Any]] = ()) -> None:
        """Update an application with another archive, and with other properties if given."""
        detail = self.flink.describe_application(ApplicationName=name)["ApplicationDetail"]
        location = {"S3ContentLocationUpdate": {"FileKeyUpdate": key}}
        code = {"ApplicationCodeConfigurationUpdate": {"CodeContentUpdate": location}}
        more = {"EnvironmentPropertyUpdates": {"PropertyGroups": list(groups)}} if groups else {}
        self.flink.update_application(
            ApplicationName=name,
            CurrentApplicationVersionId=detail["ApplicationVersionId"],
            ApplicationConfigurationUpdate={**code, **more},
        )


def _policy(action: str, more: Mapping[str, Any]) -> str:
    statement = {"Effect": "Allow", "Action": action, **more}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})
