"""The cure of dead letters: list and export them, and send their records again after a fix."""
