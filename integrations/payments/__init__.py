"""Payment providers behind one port (`port.py`): Stripe, and one that is built in for trying things out."""
