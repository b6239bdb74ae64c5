"""`stocktrading release-demo`: commits rolled out and rolled back under load."""
