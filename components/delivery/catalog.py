"""Glue tables over the stored records, for SQL (Athena, Redshift Spectrum, Spark).

The tables use partition projection: a query derives the partitions from the pattern of the object
keys. So no partition has to be registered.
"""

from collections.abc import Mapping, Sequence
from typing import Final

import pulumi
import pulumi_aws as aws

from components.base.component import Component
from components.base.names import Names
from components.storage.bucket import Bucket
from job.fields import RESULT, RESULT_KEY, Field, Kind

GLUE_TYPES: Final[Mapping[Kind, str]] = {
    Kind.TEXT: "string",
    Kind.NUMBER: "double",
    Kind.COUNT: "bigint",
    Kind.WINDOW_EDGE: "string",
    Kind.TIME: "string",
}
"""Type of a column, by the kind of its field. Times are ISO 8601 text, which
`from_iso8601_timestamp` reads."""

FIRST_DAY: Final = "2026-01-01"
"""Day of the oldest partition that a query looks for."""


TODAY: Final = f"""\
SELECT {", ".join(field.name for field in RESULT)}
FROM (
    SELECT *, row_number() OVER (PARTITION BY {", ".join(RESULT_KEY)} ORDER BY "hour") AS copy
    FROM results
    WHERE "date" = cast(current_date AS varchar)
)
WHERE copy = 1
ORDER BY window_end DESC, ticker
"""  # noqa: S608 -- names of fields
"""Today's results (UTC), each once, because a result can be stored twice after a restart."""

WORKGROUP: Final = "primary"
"""Athena's default workgroup, which every account has."""


class Catalog(Component):
    """A database, a table for each kind of record that is stored, and a query over the results."""

    database: pulumi.Output[str]

    def __init__(
        self,
        name: str,
        tables: Mapping[str, Sequence[Field]],
        *,
        bucket: Bucket,
        names: Names,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """Make a table over `<noun>/` of the bucket for each noun of `tables`."""
        super().__init__("stocktrading:data:Catalog", name, opts)
        database = aws.glue.CatalogDatabase(name, name=names.database, opts=self.child)
        for noun, fields in tables.items():
            location = pulumi.Output.concat("s3://", bucket.name, "/", noun, "/")
            aws.glue.CatalogTable(
                f"{name}-{noun}",
                name=noun.replace("-", "_"),
                database_name=database.name,
                table_type="EXTERNAL_TABLE",
                parameters=projection(location),
                partition_keys=[
                    {"name": "date", "type": "string"},
                    {"name": "hour", "type": "string"},
                ],
                storage_descriptor={
                    "location": location,
                    "input_format": "org.apache.hadoop.mapred.TextInputFormat",
                    "output_format": "org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat",
                    "ser_de_info": {"serialization_library": "org.openx.data.jsonserde.JsonSerDe"},
                    "columns": [
                        {"name": field.name, "type": GLUE_TYPES[field.kind]} for field in fields
                    ],
                },
                opts=self.child,
            )
        if "results" in tables:
            aws.athena.NamedQuery(
                f"{name}-today",
                name=f"{names.prefix}-results-today",
                description="Today's results (UTC), each once",
                database=database.name,
                workgroup=WORKGROUP,
                query=TODAY,
                opts=self.child,
            )
        self.database = database.name
        self.publish()


def projection(location: pulumi.Output[str]) -> dict[str, pulumi.Input[str]]:
    """Give a table's parameters, which say how its partitions follow from the object keys."""
    return {
        "EXTERNAL": "TRUE",
        "classification": "json",
        "projection.enabled": "true",
        "projection.date.type": "date",
        "projection.date.format": "yyyy-MM-dd",
        "projection.date.range": f"{FIRST_DAY},NOW",
        "projection.date.interval": "1",
        "projection.date.interval.unit": "DAYS",
        "projection.hour.type": "integer",
        "projection.hour.range": "0,23",
        "projection.hour.digits": "2",
        "storage.location.template": pulumi.Output.concat(location, "date=${date}/hour=${hour}/"),
    }
