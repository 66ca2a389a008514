"""Payments in the serving process: the providers that the settings name, what follows them up, and the trial's page."""
