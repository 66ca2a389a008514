// Writes gql/persisted-documents.json, a manifest {id: text}; ids are `sha256:<hash>`, as the specification has them.
export default {
  schema: 'schema.graphql',
  documents: 'src/**/*.graphql',
  generates: {
    'gql/': { preset: 'client', presetConfig: { persistedDocuments: { hashAlgorithm: 'sha256' } } },
  },
};
