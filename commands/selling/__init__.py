"""Selling: registrations from the first place taken to the last one given back."""
