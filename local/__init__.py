"""What the local cloud is made of: emulator, deployment, Managed Flink on a real cluster."""
