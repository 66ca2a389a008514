"""Writing: one function, one transaction."""
