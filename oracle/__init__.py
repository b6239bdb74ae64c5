"""The recount: every window in plain Python from what was sent, held against what the job said."""
