"""From an expected load to capacity and cost."""
