"""The board: a web page that shows the platform at work, from nothing but a stack's outputs."""
