"""Serves the pack to Pulumi's engine, which runs this directory and reads a port from stdout."""

from pulumi_policy import PolicyPack

from policies.pack import NAME, policies

PolicyPack(NAME, policies())
