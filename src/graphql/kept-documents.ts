import type { ApolloServerOptions, BaseContext } from '@apollo/server';
import type { DocumentNode, Token } from 'graphql';
import { LRUCache } from 'lru-cache';

/** A view has a handful, an exploring user makes new ones all day. Compiled, one takes up to 0.6 MB: MAX_SELECTIONS bounds it. */
const KEPT = 200;
const KEPT_BYTES = 24 * 1024 * 1024;
const LARGEST_BYTES = 1024 * 1024;

/** With the node that it begins and what that says of its place. */
const BYTES_A_TOKEN = 250;
const BYTES_A_CHARACTER = 2;

/** Keeps parsed documents, or what holds one, by a text; those used last, and not more than fits. */
export function documentCache<V extends { readonly document: DocumentNode }>(): LRUCache<string, V> {
  return new LRUCache({
    max: KEPT,
    maxSize: KEPT_BYTES,
    maxEntrySize: LARGEST_BYTES,
    sizeCalculation: ({ document }) => bytesOf(document),
  });
}

/**
 * Bytes that a parsed document holds, about. Not what its text suggests: a line with no more than the sign of a comment is
 * two characters of it, counts for nothing where tokens are limited, and stays in memory with all others.
 */
function bytesOf({ loc }: DocumentNode): number {
  if (loc === undefined) return 1;
  let bytes = loc.source.body.length * BYTES_A_CHARACTER;
  for (let token: Token | null = loc.startToken; token !== null; token = token.next) bytes += BYTES_A_TOKEN;
  return bytes;
}

type DocumentStore = NonNullable<ApolloServerOptions<BaseContext>['documentStore']>;

/** Where Apollo finds the documents again that it has parsed and found valid. */
export class KeptDocuments implements DocumentStore {
  private readonly kept = documentCache<{ readonly document: DocumentNode }>();

  async get(key: string): Promise<DocumentNode | undefined> {
    return this.kept.get(key)?.document;
  }

  async set(key: string, document: DocumentNode): Promise<void> {
    this.kept.set(key, { document });
  }

  async delete(key: string): Promise<boolean> {
    return this.kept.delete(key);
  }
}
