"""Runs the deployed pipeline on this machine, with its stages, builds and roles."""
