"""The connection to GitHub, by which the pipeline learns of a push and reads the repository."""

import pulumi
import pulumi_aws as aws

from components.base.component import Component
from components.base.iam import Grant
from components.base.names import Names


class Connection(Component):
    """A CodeConnections connection.

    AWS creates it with the status `PENDING`. A person must confirm it once in the console
    (`Names.connections_url`). Until then the pipeline's Source stage fails and says so.
    """

    arn: pulumi.Output[str]
    status: pulumi.Output[str]
    """`PENDING` until confirmed, then `AVAILABLE`; as of the last `pulumi up` or `refresh`."""

    def __init__(
        self, name: str, *, names: Names, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        """Make the connection."""
        super().__init__("stocktrading:delivery:Connection", name, opts)
        connection = aws.codeconnections.Connection(
            name,
            name=names.connection,
            provider_type="GitHub",
            opts=self.child,
        )
        self.arn = connection.arn
        self.status = connection.connection_status
        # The service was renamed. Which of the two names IAM checks depends on the caller.
        actions = ("codeconnections:UseConnection", "codestar-connections:UseConnection")
        self.use = Grant(actions=actions, resources=[connection.arn])
        """Read the repository through the connection."""
        self.publish()
