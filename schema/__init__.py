"""What clients see: Strawberry types that read like SDL, with one-line bodies."""
