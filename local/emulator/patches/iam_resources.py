"""IAM: the resource that the permission of a request is checked for.

For these requests AWS checks a resource that the request names, and the emulator checks `*` or
another resource, so that a permission for the resource never matches:

- Kinesis: the stream of a shard iterator: `test_a_shard_iterator_is_not_checked_as_its_stream`.
- CloudWatch Logs: the log stream, or all streams of the group:
  `test_a_log_stream_is_checked_as_its_group`.
- CloudWatch: a dashboard, and alarms to delete: `test_a_dashboard_is_not_checked_as_itself`. A
  composite alarm is put only by a permission on `*`: `test_a_composite_alarm_is_put_by_its_name`.
- Lambda: a function to create: `test_a_new_function_is_not_checked_as_itself`.
- Glue: a database: `test_a_database_is_checked_as_a_table`.
- Athena: the workgroup of a saved query: `test_a_saved_query_is_not_checked_as_its_workgroup`.
- Any service: the resource of a request about tags: `test_tags_are_not_checked_as_their_resource`.

The emulator checks no permission for Managed Flink: `test_managed_flink_checks_no_permission`.
"""

import importlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final, cast

from local.emulator.patches import Module

GROUP_COLONS: Final = 6
"""Colons in `arn:aws:logs:region:account:log-group:name`."""

FLINK: Final = "kinesisanalyticsv2"


@dataclass(frozen=True, kw_only=True)
class Asked:
    """A request, and the resource that the emulator would check."""

    found: str
    action: str
    body: bytes
    query: Mapping[str, Any]
    region: str
    account: str

    @cached_property
    def told(self) -> Mapping[str, Any]:
        """The body, if it is JSON. The SDK of Java sends CBOR to Kinesis."""
        try:
            parsed = cast("object", json.loads(self.body or b"{}"))
        except ValueError:
            return {}
        return cast("Mapping[str, Any]", parsed) if isinstance(parsed, dict) else {}

    def arn(self, service: str, resource: str) -> str:
        """Give the ARN of a resource of the caller's account."""
        return f"arn:aws:{service}:{self.region}:{self.account}:{resource}"

    def first(self, *names: str) -> str:
        """Give the first of these parameters. Of a list, give its first member."""
        actions: Module = importlib.import_module("ministack.core.iam_actions")
        found: list[str] | str = actions._param(self.body, self.query, *names)
        return found if isinstance(found, str) else found[0]


def install() -> None:
    """Patch the emulator in this process. Call it once, before the emulator serves."""
    actions: Module = importlib.import_module("ministack.core.iam_actions")
    actions.SERVICE_TO_IAM_NAMESPACE[FLINK] = "kinesisanalytics"
    actions.extract_resource_arn = _naming(actions.extract_resource_arn)


def _naming(extract: Callable[..., str]) -> Callable[..., str]:

    def extract_resource_arn(  # noqa: PLR0913, PLR0917 -- the replaced function's parameters
        service: str,
        method: str,
        path: str,
        headers: Mapping[str, str],
        body: bytes,
        query: Mapping[str, Any],
        region: str,
        account: str,
    ) -> str:
        asked = Asked(
            found=extract(service, method, path, headers, body, query, region, account),
            action=headers.get("x-amz-target", "").rpartition(".")[2] or path.rpartition("/")[2],
            body=body,
            query=query,
            region=region,
            account=account,
        )
        return _BY_SERVICE.get(service, _tagged)(asked)

    return extract_resource_arn


def _tagged(asked: Asked) -> str:
    if asked.found != "*":
        return asked.found
    return asked.first("ResourceArn", "ResourceARN") or asked.found


def _kinesis(asked: Asked) -> str:
    kinesis: Module = importlib.import_module("ministack.services.kinesis")
    iterator = asked.told.get("ShardIterator", "")
    places = cast("Mapping[str, Mapping[str, str]]", kinesis._shard_iterators)
    return places[iterator]["stream_arn"] if iterator in places else _tagged(asked)


def _logs(asked: Asked) -> str:
    """Give the resource that AWS checks for CloudWatch Logs: a stream, or all of a group."""
    if asked.action == "DescribeLogGroups":
        return asked.arn("logs", "log-group::log-stream:")
    stream = asked.told.get("logStreamName")
    if stream:
        return f"{asked.found}:log-stream:{stream}"
    return f"{asked.found}:*" if asked.found.count(":") == GROUP_COLONS else asked.found


def _monitoring(asked: Asked) -> str:
    """Give the dashboard or the alarm. Composite alarms are described to a permission on `*`."""
    dashboard = asked.first("DashboardName", "DashboardNames")
    if dashboard:
        return f"arn:aws:cloudwatch::{asked.account}:dashboard/{dashboard}"
    if asked.action == "PutCompositeAlarm":
        return "*"
    alarm = asked.first("AlarmNames") if asked.action != "DescribeAlarms" else ""
    return asked.arn("cloudwatch", f"alarm:{alarm}") if alarm else _tagged(asked)


def _flink(asked: Asked) -> str:
    name = asked.told.get("ApplicationName")
    return asked.arn("kinesisanalytics", f"application/{name}") if name else _tagged(asked)


def _lambda(asked: Asked) -> str:
    name = asked.told.get("FunctionName")
    made = asked.found == "*" and name
    return asked.arn("lambda", f"function:{name}") if made else _tagged(asked)


def _glue(asked: Asked) -> str:
    name = asked.told.get("Name") or asked.told.get("DatabaseInput", {}).get("Name")
    if asked.action.endswith("Database") and name:
        return asked.arn("glue", f"database/{name}")
    return asked.told.get("ResourceArn") or asked.found


def _athena(asked: Asked) -> str:
    if asked.found != "*" or not asked.action.endswith("NamedQuery"):
        return _tagged(asked)
    athena: Module = importlib.import_module("ministack.services.athena")
    query = athena._named_queries.get(asked.told.get("NamedQueryId", ""), {})
    return asked.arn("athena", f"workgroup/{query.get('WorkGroup', 'primary')}")


_BY_SERVICE: Final[Mapping[str, Callable[[Asked], str]]] = {
    "athena": _athena,
    "glue": _glue,
    "kinesis": _kinesis,
    FLINK: _flink,
    "lambda": _lambda,
    "logs": _logs,
    "monitoring": _monitoring,
}
