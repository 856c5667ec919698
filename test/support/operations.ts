import { readdirSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';

const FOLDER = new URL('../../schema/operations/', import.meta.url);

export interface ExampleOperation {
  /** Of the file, without its ending. */
  readonly name: string;
  readonly query: string;
  /** As the line `# variables: {…}` gives them. */
  readonly variables: Record<string, unknown>;
}

/** The documented example operations, by name. */
export function readOperations(): ExampleOperation[] {
  return readdirSync(FOLDER)
    .sort()
    .map((file) => {
      const query = readFileSync(new URL(file, FOLDER), 'utf8');
      const variables = JSON.parse(/^# variables: (.*)$/m.exec(query)?.[1] ?? '{}');
      return { name: basename(file, '.graphql'), query, variables };
    });
}
