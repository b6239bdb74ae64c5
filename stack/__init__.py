"""Access to a stack from other programs: its outputs, and the records on its streams."""
