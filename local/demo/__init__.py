"""`stocktrading demo`: the whole system on this machine, with a recount at its end."""
