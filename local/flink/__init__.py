"""Managed Flink on this machine: the emulator's applications on real Flink clusters."""
