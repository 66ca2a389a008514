"""Scheduled work: what runs by the clock, and calls the commands that everything else calls."""
