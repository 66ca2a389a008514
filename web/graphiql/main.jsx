import './strict-styles.js';

import { GraphiQL } from 'graphiql';
// Imported here and not only on demand, as GraphiQL does, so that main.css holds Monaco's styles.
import 'monaco-graphql/esm/monaco-editor.js';
import { createRoot } from 'react-dom/client';

import { examples } from './examples.js';
import { fetcher } from './fetcher.js';
import './style.css';

globalThis.MonacoEnvironment = {
  getWorker: (_, label) => new Worker(new URL(WORKER_FILES[label], import.meta.url), { type: 'module' }),
};

createRoot(document.getElementById('graphiql')).render(
  // Headers may hold credentials: they live as long as the page, never in the browser's storage.
  <GraphiQL
    fetcher={fetcher}
    defaultTabs={examples}
    defaultEditorToolsVisibility
    inputValueDeprecation
    schemaDescription
    shouldPersistHeaders={false}
  >
    <GraphiQL.Logo>Boxoffice</GraphiQL.Logo>
  </GraphiQL>,
);
