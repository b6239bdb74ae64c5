"""Pulumi component resources, and the pure modules that they use."""
