"""The base of every component."""

from inspect import get_annotations

import pulumi


class Component(pulumi.ComponentResource):
    """A component whose annotated attributes are its outputs."""

    def __init__(self, token: str, name: str, opts: pulumi.ResourceOptions | None) -> None:
        """Register the component; `self.child` are the options of each of its children."""
        super().__init__(token, name, None, opts)
        self.child = pulumi.ResourceOptions(parent=self)

    def publish(self) -> None:
        """Register every annotated output; an unassigned one is an error."""
        self.register_outputs({name: getattr(self, name) for name in get_annotations(type(self))})


def after(opts: pulumi.ResourceOptions, *resources: pulumi.Resource) -> pulumi.ResourceOptions:
    """Give the child options `opts` with an order that AWS needs but no value carries."""
    return pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(depends_on=list(resources)))


def protected(opts: pulumi.ResourceOptions, *, protect: bool) -> pulumi.ResourceOptions:
    """Give the child options `opts`, with which nothing destroys the resource where `protect`.

    So a destruction is refused before it begins, and not half-way, at a bucket that isn't empty.
    """
    return pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(protect=protect))
