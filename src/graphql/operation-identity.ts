import { createHash } from 'node:crypto';
import type { OperationDefinitionNode } from 'graphql';
import type { TrustedDocuments } from './trusted-documents.js';

/** What the log, metrics and traces tell of an operation: never its document, which may hold secrets, or its variables. */
export interface OperationIdentity {
  readonly type: 'query' | 'mutation' | 'subscription';
  /** As the client wrote it, cut; null for one without. */
  readonly name: string | null;
  /** The same for the same document, whoever sends it. */
  readonly id: string;
  /** The name where the document is one of ours; `other` for all else, since clients could make up names without end. */
  readonly label: string;
}

/** The label of what is none of our documents, or cannot be read. */
export const OTHER = 'other';

const LONGEST_NAME = 100;

/** Identities by operation as it was parsed: documents that are sent all day are looked at once. */
export class OperationIdentities {
  private readonly known = new WeakMap<OperationDefinitionNode, OperationIdentity>();

  /** @param documents ours */
  constructor(private readonly documents: TrustedDocuments) {}

  of(source: string, operation: OperationDefinitionNode): OperationIdentity {
    const known = this.known.get(operation);
    if (known !== undefined) return known;
    const name = operation.name?.value.slice(0, LONGEST_NAME) ?? null;
    const identity = {
      type: operation.operation,
      name,
      id: createHash('sha256').update(source).digest('hex').slice(0, 12),
      label: name !== null && this.documents.has(source) ? name : OTHER,
    };
    this.known.set(operation, identity);
    return identity;
  }
}
