"""`stocktrading demo` runs the whole system on this machine and recounts every result."""
