import type { DocumentNode } from 'graphql';
import { LRUCache } from 'lru-cache';

/** Documents kept, and characters of all of them: parsed, a short one takes some ten kilobytes, a long one half a megabyte. */
export const KEPT_DOCUMENTS = 1000;
export const KEPT_CHARACTERS = 1024 * 1024;

/**
 * Documents that Apollo has parsed and found valid, in the form in which it wants them kept. Its own store goes by the
 * length of their JSON, of which the parsed ones take a dozen times as much memory.
 */
export function keptDocuments() {
  const kept = new LRUCache<string, DocumentNode>({
    max: KEPT_DOCUMENTS,
    maxSize: KEPT_CHARACTERS,
    sizeCalculation: ({ loc }) => Math.max(loc?.end ?? 0, 1),
  });
  return {
    get: async (hash: string) => kept.get(hash),
    set: async (hash: string, document: DocumentNode) => {
      kept.set(hash, document);
    },
    delete: async (hash: string) => kept.delete(hash),
  };
}
