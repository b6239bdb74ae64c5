"""The consoles of commands. They print text so that it can't control the terminal.

A record, a file name or a service's message may contain brackets, which Rich reads as markup. It
may also contain control characters, which a terminal executes. These consoles print brackets as
they are, and control characters as escapes.
"""
