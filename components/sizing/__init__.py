"""Computes capacity and cost from an expected load."""
