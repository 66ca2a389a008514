"""The statements that read, by what they read; each is compiled once for every shape it can take."""
