import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const OPERATIONS_FOLDER = fileURLToPath(new URL('../../schema/operations/', import.meta.url));

export interface ExampleOperation {
  /** Of the file, without its ending. */
  readonly name: string;
  readonly query: string;
  /** As the line `# variables: {…}` gives them. */
  readonly variables: Record<string, unknown>;
}

/** Those that start something, or tell what callers started, keep or spent: their answers differ from run to run. */
const OF_CALLERS: readonly string[] = [
  'backtest-result',
  'backtests',
  'cancel-job',
  'create-portfolio',
  'job-progress',
  'portfolios',
  'rate-limit',
  'register-model',
  'run-backtest',
  'run-sweep',
  'sweep-heat-map',
];

/** The documented example operations whose answer depends on the data alone, by name. */
export function readOperations(): ExampleOperation[] {
  return readAllOperations().filter(({ name }) => !OF_CALLERS.includes(name));
}

export function readOperation(name: string): ExampleOperation {
  return readAllOperations().find((one) => one.name === name) as ExampleOperation;
}

/** Every documented example operation, by name. */
export function readAllOperations(): ExampleOperation[] {
  return readdirSync(OPERATIONS_FOLDER)
    .sort()
    .map((file) => {
      const query = readFileSync(join(OPERATIONS_FOLDER, file), 'utf8');
      const variables = JSON.parse(/^# variables: (.*)$/m.exec(query)?.[1] ?? '{}');
      return { name: basename(file, '.graphql'), query, variables };
    });
}
