graphql`
  query FunctionsQuery($first: Int) {
    functions(first: $first) {
      totalCount
      nodes {
        name
      }
    }
  }
`;
