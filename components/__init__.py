"""Pulumi component resources, and the pure modules that feed them."""
