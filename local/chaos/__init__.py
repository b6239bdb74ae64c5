"""The campaign of faults: runs the local cloud under load and faults, and recounts everything."""
