"""A person's own trades from a file: `stocktrading send` reads, checks, paces and sends them."""
