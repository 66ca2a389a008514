"""Changing the catalogue, on behalf of the staff of an organisation."""
