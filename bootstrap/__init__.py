"""The first deployment of the stacks, with Pulumi's state in its own bucket, and their removal."""
