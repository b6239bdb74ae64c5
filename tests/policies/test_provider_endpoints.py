"""With an emulator's endpoint, no resource of any stack reaches AWS itself."""

from pulumi_aws import ProviderEndpointArgs

from components.base.provider import ENDPOINTS, SERVICES
from policies.model import Resource


def test_every_service_of_a_stacks_resources_has_an_endpoint(
    stack_resources: list[Resource],
) -> None:
    """The type token of a resource begins with its module."""
    modules = {
        one.kind.removeprefix("aws:").partition("/")[0]
        for one in stack_resources
        if one.kind.startswith("aws:")
    }
    assert modules
    assert modules <= ENDPOINTS.keys()


def test_the_provider_knows_every_endpoint() -> None:
    """An unknown name is an error of its class. The tags of buckets need S3 Control."""
    assert ProviderEndpointArgs(**dict.fromkeys(SERVICES, "http://127.0.0.1:4566"))
    assert {"s3", "s3control", "sts"} <= {*SERVICES}
