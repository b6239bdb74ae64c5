"""What a long command would fail for, told before: on this machine, and in an account."""
