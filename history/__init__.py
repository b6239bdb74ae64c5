"""The count of historic trades: a stack of its own beside the live one, and its removal."""
