"""The streams, and the Managed Flink application between them."""
