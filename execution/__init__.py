"""Running a prepared operation over a GraphQL schema."""
