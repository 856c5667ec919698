import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { stripIgnoredCharacters } from 'graphql';

/** The documented operations by name, that of their file without its ending. */
export function readOperations(folder: string): ReadonlyMap<string, string> {
  const files = readdirSync(folder).filter((name) => name.endsWith('.graphql'));
  return new Map(files.map((name) => [basename(name, '.graphql'), readFileSync(join(folder, name), 'utf8')]));
}

/** The operations that the operator has reviewed; comments and white space make no difference. */
export class TrustedDocuments {
  private constructor(
    /** Whether others are refused; else they are only told of. */
    readonly isEnforced: boolean,
    private readonly known: ReadonlySet<string>,
  ) {}

  /** @param folder every `.graphql` file in it is one */
  static read(folder: string, isEnforced: boolean): TrustedDocuments {
    return new TrustedDocuments(isEnforced, new Set([...readOperations(folder).values()].map(stripIgnoredCharacters)));
  }

  /** @param source a document that can be parsed */
  has(source: string): boolean {
    return this.known.has(stripIgnoredCharacters(source));
  }
}
