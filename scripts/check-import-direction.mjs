// Imports point downwards only (docs/adr/0002). Each folder may import from its own layer and those below it.
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const LAYERS = ['cli', 'http', 'modules', 'graphql', 'jobs', 'engines', 'lake', 'store', 'domain'];
/** Files of src itself: the composition root stands above the engines, the configuration below everything. */
const ROOT_FILES = { 'workspace.ts': 'http', 'config.ts': 'domain' };
/** Packages that only one place may load, and why is written in docs/adr. */
const RESERVED_PACKAGES = {
  typeorm: ['store', 'lake', 'engines', 'jobs'],
  pg: ['store'],
  '@duckdb/node-api': ['lake'],
  'onnxruntime-node': ['engines'],
};

const root = join(dirname(fileURLToPath(import.meta.url)), '..', process.argv[2] ?? 'src');
const layerOf = (file) => {
  const [first, ...rest] = relative(root, file).split('/');
  return rest.length > 0 ? first : ROOT_FILES[first];
};

const problems = [];
for (const name of readdirSync(root, { recursive: true })) {
  if (!name.endsWith('.ts')) continue;
  const file = join(root, name);
  const layer = layerOf(file);
  if (layer === undefined || !LAYERS.includes(layer)) {
    problems.push(`${name}: belongs to no layer (${LAYERS.join(' > ')})`);
    continue;
  }
  for (const [, target] of readFileSync(file, 'utf8').matchAll(/(?:from|import)\s*\(?\s*'([^']+)'/g)) {
    const allowed = RESERVED_PACKAGES[target];
    if (allowed !== undefined && !allowed.includes(layer))
      problems.push(`${name}: only ${allowed.join(', ')} may import ${target}`);
    if (!target.startsWith('.')) continue;
    const imported = layerOf(resolve(dirname(file), target.replace(/\.js$/, '.ts')));
    if (imported === undefined || relative(root, resolve(dirname(file), target)).startsWith('..')) continue;
    if (LAYERS.indexOf(imported) < LAYERS.indexOf(layer))
      problems.push(`${name}: ${layer} must not import ${imported} (${target})`);
  }
}
if (problems.length > 0) {
  console.error(problems.join('\n'));
  process.exit(1);
}
