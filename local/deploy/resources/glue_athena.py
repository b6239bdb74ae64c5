"""Glue's data catalog and Athena: databases, tables over stored objects, and queries."""

from collections.abc import Mapping
from typing import Final

from local.deploy.resources.model import Cloud, Existing, Made, Properties, ResourceType, knows
from local.deploy.resources.reading import now
from local.deploy.resources.shapes import request

TABLE: Final = knows(
    "databaseName", "description", "parameters", "partitionKeys", "storageDescriptor", "tableType"
)


def _arn(cloud: Cloud, path: str) -> str:
    return f"arn:aws:glue:{cloud.region}:{cloud.account}:{path}"


def _database(inputs: Properties) -> Properties:
    return {"DatabaseInput": {"Name": inputs["name"], "Description": inputs.get("description")}}


def _create_database(cloud: Cloud, inputs: Properties) -> Made:
    name = inputs["name"]
    cloud.client("glue").create_database(**request("glue", "CreateDatabase", _database(inputs)))
    outputs = {"arn": _arn(cloud, f"database/{name}"), "catalogId": cloud.account}
    return Made(f"{cloud.account}:{name}", outputs)


def _update_database(cloud: Cloud, old: Existing, inputs: Properties) -> Properties:
    wanted = {"Name": old.inputs["name"], **_database(inputs)}
    cloud.client("glue").update_database(**request("glue", "UpdateDatabase", wanted))
    return {}


def _read_database(cloud: Cloud, old: Existing) -> Properties:
    found = cloud.client("glue").get_database(Name=old.inputs["name"])["Database"]
    return now(old, {"description": old.inputs.get("description")}, found)


def _delete_database(cloud: Cloud, old: Existing) -> None:
    cloud.client("glue").delete_database(Name=old.inputs["name"])


def _table(inputs: Properties) -> Properties:
    table = {key: value for key, value in inputs.items() if key in TABLE | {"name"}}
    return {"DatabaseName": table.pop("databaseName"), "TableInput": table}


def _create_table(cloud: Cloud, inputs: Properties) -> Made:
    cloud.client("glue").create_table(**request("glue", "CreateTable", _table(inputs)))
    database, name = inputs["databaseName"], inputs["name"]
    outputs = {"arn": _arn(cloud, f"table/{database}/{name}"), "catalogId": cloud.account}
    return Made(f"{cloud.account}:{database}:{name}", outputs)


def _update_table(cloud: Cloud, old: Existing, inputs: Properties) -> Properties:
    cloud.client("glue").update_table(**request("glue", "UpdateTable", _table(inputs)))
    database, name = old.inputs["databaseName"], old.inputs["name"]
    return {"arn": _arn(cloud, f"table/{database}/{name}"), "catalogId": cloud.account}


def _read_table(cloud: Cloud, old: Existing) -> Properties:
    database, name = old.inputs["databaseName"], old.inputs["name"]
    found = cloud.client("glue").get_table(DatabaseName=database, Name=name)["Table"]
    sent = request("glue", "CreateTable", _table(dict(old.inputs)))["TableInput"]
    return now(old, sent, found)


def _delete_table(cloud: Cloud, old: Existing) -> None:
    database, name = old.inputs["databaseName"], old.inputs["name"]
    cloud.client("glue").delete_table(DatabaseName=database, Name=name)


def _create_query(cloud: Cloud, inputs: Properties) -> Made:
    wanted = {
        "Name": inputs["name"],
        "Description": inputs.get("description"),
        "Database": inputs["database"],
        "QueryString": inputs["query"],
        "WorkGroup": inputs.get("workgroup"),
    }
    athena = cloud.client("athena")
    made = athena.create_named_query(**request("athena", "CreateNamedQuery", wanted))
    return Made(made["NamedQueryId"])


def _read_query(cloud: Cloud, old: Existing) -> Properties:
    found = cloud.client("athena").get_named_query(NamedQueryId=old.id)["NamedQuery"]
    names = {"query": "queryString"}
    return now(old, {names.get(key, key): old.inputs[key] for key in old.inputs}, found, names)


def _delete_query(cloud: Cloud, old: Existing) -> None:
    cloud.client("athena").delete_named_query(NamedQueryId=old.id)


TYPES: Final[Mapping[str, ResourceType]] = {
    "aws:athena/namedQuery:NamedQuery": ResourceType(
        create=_create_query,
        delete=_delete_query,
        read=_read_query,
        inputs=knows("database", "description", "query", "workgroup"),
        name="name",
    ),
    "aws:glue/catalogDatabase:CatalogDatabase": ResourceType(
        create=_create_database,
        update=_update_database,
        delete=_delete_database,
        read=_read_database,
        inputs=knows("description"),
        name="name",
        fixed=frozenset({"name"}),
    ),
    "aws:glue/catalogTable:CatalogTable": ResourceType(
        create=_create_table,
        update=_update_table,
        read=_read_table,
        delete=_delete_table,
        inputs=TABLE,
        name="name",
        fixed=frozenset({"name", "databaseName"}),
    ),
}
