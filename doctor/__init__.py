"""Says beforehand why a long command would fail, on this machine or in an account."""
