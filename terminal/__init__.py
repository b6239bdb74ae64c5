"""What commands write to a terminal: plain text, in which nothing acts on the terminal.

A record, a file name or a service's message may hold brackets, which Rich reads as markup, and
control characters, which a terminal obeys. Both are shown as they are here.
"""
