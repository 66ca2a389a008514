"""Reading: batch resolvers take parents and give values, in batches."""
