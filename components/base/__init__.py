"""What every component uses: its base class, names, grants, the provider."""
