// Writes what the TypeScript client knows of the API: the operations of schema/operations with their types, and the
// codes of docs/errors.md. With --check it only says whether the files in clients/typescript are up to date.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { codegen } from '@graphql-codegen/core';
import * as typescriptOperations from '@graphql-codegen/typescript-operations';
import { buildASTSchema, Kind, parse, stripIgnoredCharacters } from 'graphql';

const ROOT = new URL('../', import.meta.url);
const GENERATED = 'clients/typescript/src/generated/';
const HEADER = '// Written by `npm run client:build` from schema/ and docs/errors.md; changes belong there.\n\n';

const read = (path) => readFileSync(new URL(path, ROOT), 'utf8');
const capitalised = (word) => word[0].toUpperCase() + word.slice(1);

/** Every example operation: its one definition, its text, and the line that says who uses it. */
const operations = readdirSync(new URL('schema/operations/', ROOT))
  .filter((file) => file.endsWith('.graphql'))
  .sort()
  .map((file) => {
    const location = `schema/operations/${file}`;
    const source = read(location);
    const document = parse(source);
    const definition = document.definitions.find(({ kind }) => kind === Kind.OPERATION_DEFINITION);
    return { location, source, document, definition, purpose: /^# (.*)$/m.exec(source)[1] };
  });

const inOneLine = (text) => JSON.stringify(stripIgnoredCharacters(text));
const hashOf = (text) => createHash('sha256').update(text).digest('hex');

/** @returns {string} the constant that is given to the client, typed by what the operation takes and gives */
function constantOf({ source, definition, purpose }) {
  const { operation, name } = definition;
  const type = `${name.value}${capitalised(operation)}`;
  const text = inOneLine(source);
  return `/** ${purpose} */
export const ${name.value}: Operation<'${operation}', ${type}, ${type}Variables> = {
  kind: '${operation}',
  name: '${name.value}',
  text: ${text},
  sha256: '${hashOf(JSON.parse(text))}',
};`;
}

async function operationsFile() {
  const schema = parse(read('schema/schema.graphql'));
  const types = await codegen({
    filename: 'operations.ts',
    schema,
    schemaAst: buildASTSchema(schema),
    documents: operations.map(({ location, document }) => ({ location, document })),
    pluginMap: { typescriptOperations },
    plugins: [{ typescriptOperations: {} }],
    config: {
      scalars: {
        ID: { input: 'string', output: 'string' },
        LocalDate: 'LocalDate',
        DateTime: 'DateTime',
        JSON: 'Json',
      },
      strictScalars: true,
      enumType: 'string-literal',
      immutableTypes: true,
      skipTypename: true,
      useTypeImports: true,
    },
  });
  return [
    "import type { Operation } from '../operation.js';\nimport type { DateTime, Json, LocalDate } from '../scalars.js';\n",
    // For @defer, which the server does not have.
    types.replace(/^\/\*\* Internal type.*\nexport type Incremental<.*\n/m, ''),
    operations.map(constantOf).join('\n\n'),
  ].join('\n');
}

/** Codes that a caller can be told; those of commands have no status. */
function errorCodesFile() {
  const rows = [...read('docs/errors.md').matchAll(/^\| `([A-Z_]+)` +\| (.*?) +\| .*? +\| (.*?) +\|$/gm)];
  const codes = rows.filter(([, , , status]) => status !== '–');
  return `/** What the server may say is wrong; docs/errors.md of the server has for each what to do about it. */
export type ServerErrorCode =
${codes.map(([, code, when]) => `  /** ${capitalised(when)}. */\n  | '${code}'`).join('\n')};\n`;
}

function formatted(path, text) {
  const biome = fileURLToPath(new URL('node_modules/.bin/biome', ROOT));
  return execFileSync(biome, ['format', `--stdin-file-path=${path}`], {
    cwd: fileURLToPath(ROOT),
    input: HEADER + text,
    encoding: 'utf8',
  });
}

const files = { 'operations.ts': await operationsFile(), 'error-codes.ts': errorCodesFile() };
const isCheck = process.argv.includes('--check');
for (const [name, text] of Object.entries(files)) {
  const path = GENERATED + name;
  const content = formatted(path, text);
  if (!isCheck) writeFileSync(new URL(path, ROOT), content);
  else if (content !== read(path)) {
    console.error(`${path} is not what the schema says; run npm run client:build and commit what it writes.`);
    process.exitCode = 1;
  }
}
