"""The Flink job: highest, lowest and average price and count of trades a ticker and window."""
