/**
 * Bundles GraphiQL and the page of operations into the folder given as the first argument.
 *
 * It writes assets/, where every name carries the hash of its content; index.html, a template in which the server
 * replaces {{nonce}} (see server/graphiql.py); and operations.html (see server/operations/page.py).
 */
import { readFile, rm, writeFile } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { build } from 'esbuild';

const out = resolve(process.argv[2]);

const WORKERS = {
  editorWorkerService: 'monaco-editor/esm/vs/editor/editor.worker.js',
  graphql: 'monaco-graphql/esm/graphql.worker.js',
  json: 'monaco-editor/esm/vs/language/json/json.worker.js',
};

async function bundle(options) {
  const { metafile } = await build({
    absWorkingDir: import.meta.dirname,
    outdir: join(out, 'assets'),
    assetNames: '[name]-[hash]',
    chunkNames: '[name]-[hash]',
    entryNames: '[name]-[hash]',
    bundle: true,
    format: 'esm',
    logLevel: 'warning',
    metafile: true,
    minify: true,
    splitting: true,
    target: 'es2022',
    ...options,
  });
  return Object.entries(metafile.outputs).map(([path, output]) => ({ ...output, file: basename(path) }));
}

function entry(outputs, source) {
  return outputs.find(({ entryPoint }) => entryPoint?.endsWith(source));
}

// The page names its workers, so they are bundled first.
const workers = await bundle({ entryPoints: Object.values(WORKERS) });
const workerFiles = Object.entries(WORKERS).map(([label, source]) => [label, entry(workers, source).file]);

const page = await bundle({
  entryPoints: ['graphiql/main.jsx', 'graphiql/favicon.svg'],
  // GraphiQL imports these under their CommonJS names, whose named exports it would then look for in vain.
  alias: { 'prettier/parser-babel': 'prettier/plugins/babel', 'prettier/parser-graphql': 'prettier/plugins/graphql' },
  define: { WORKER_FILES: JSON.stringify(Object.fromEntries(workerFiles)) },
  jsx: 'automatic',
  loader: { '.graphql': 'text', '.svg': 'copy', '.ttf': 'file', '.woff2': 'file' },
});
const main = entry(page, 'graphiql/main.jsx');
const style = basename(main.cssBundle);

// esbuild repeats the styles of every module that is imported dynamically; main.css already holds them all.
const repeated = page.filter(({ file }) => file.endsWith('.css') && file !== style);
await Promise.all(repeated.map(({ file }) => rm(join(out, 'assets', file))));

const favicon = page.find(({ file }) => file.startsWith('favicon-')).file;
await writeTemplate('graphiql', 'index.html', { 'favicon.svg': favicon, 'main.css': style, 'main.js': main.file });

const operations = entry(
  await bundle({ entryPoints: ['operations/main.js'], loader: { '.woff2': 'file' } }),
  'operations/main.js',
);
await writeTemplate('operations', 'operations.html', {
  'favicon.svg': favicon,
  'main.css': basename(operations.cssBundle),
  'main.js': operations.file,
});

async function writeTemplate(folder, file, names) {
  const template = await readFile(join(import.meta.dirname, folder, 'index.html'), 'utf8');
  await writeFile(join(out, file), template.replace(/{{(favicon\.svg|main\.css|main\.js)}}/g, (_, name) => names[name]));
}
