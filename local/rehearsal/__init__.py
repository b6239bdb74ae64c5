"""`stocktrading release-demo` rolls commits out and back under load."""
