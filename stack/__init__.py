"""What a program outside a stack knows of it: its outputs, and the records on its streams."""
