"""The parts of the local cloud: emulator, deployment, and Managed Flink on a real cluster."""
