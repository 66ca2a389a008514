"""Which document a request means, and its prepared form."""
