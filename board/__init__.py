"""The board: a web page that shows a running stack. It needs only the stack's outputs."""
