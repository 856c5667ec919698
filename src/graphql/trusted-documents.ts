import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { stripIgnoredCharacters } from 'graphql';

/** The operations that the operator has reviewed; comments and white space make no difference. */
export class TrustedDocuments {
  private constructor(
    /** Whether others are refused; else they are only told of. */
    readonly isEnforced: boolean,
    private readonly known: ReadonlySet<string>,
  ) {}

  /** @param folder every `.graphql` file in it is one */
  static read(folder: string, isEnforced: boolean): TrustedDocuments {
    const files = readdirSync(folder).filter((name) => name.endsWith('.graphql'));
    const documents = files.map((name) => stripIgnoredCharacters(readFileSync(join(folder, name), 'utf8')));
    return new TrustedDocuments(isEnforced, new Set(documents));
  }

  /** @param source a document that can be parsed */
  has(source: string): boolean {
    return this.known.has(stripIgnoredCharacters(source));
  }
}
