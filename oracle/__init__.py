"""The recount: it computes every window from the trades in plain Python and checks the results."""
