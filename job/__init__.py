"""The Flink job: highest, lowest and average price and trade count by ticker and window."""
