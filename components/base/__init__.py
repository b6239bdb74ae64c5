"""What every component stands on: its base class, names, grants, the provider."""
