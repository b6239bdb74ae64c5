"""The base of every component."""

from inspect import get_annotations

import pulumi


class Component(pulumi.ComponentResource):
    """A component whose annotated attributes are its outputs."""

    def __init__(self, token: str, name: str, opts: pulumi.ResourceOptions | None) -> None:
        """Register the component; `self.child` has the options for each of its children."""
        super().__init__(token, name, None, opts)
        self.child = pulumi.ResourceOptions(parent=self)

    def publish(self) -> None:
        """Register every annotated output. An output without a value is an error."""
        self.register_outputs({name: getattr(self, name) for name in get_annotations(type(self))})


def after(opts: pulumi.ResourceOptions, *resources: pulumi.Resource) -> pulumi.ResourceOptions:
    """Give `opts` with a dependency that AWS needs and that no input value expresses."""
    return pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(depends_on=list(resources)))


def protected(opts: pulumi.ResourceOptions, *, protect: bool) -> pulumi.ResourceOptions:
    """Give `opts` so that Pulumi refuses to destroy the resource if `protect`.

    Pulumi then refuses before it deletes anything. Otherwise it would stop half-way, at a bucket
    that isn't empty.
    """
    return pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(protect=protect))
