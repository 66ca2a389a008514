"""The registry's faces over HTTP: for machines, for people, and for callers of named routes."""
