"""The stacks' configuration: read, checked and described."""
