export type OperationKind = 'query' | 'mutation' | 'subscription';

/** What the client sends; `Data` is what it gives, `Variables` what it takes. */
export interface Operation<Kind extends OperationKind, Data, Variables> {
  readonly kind: Kind;
  readonly name: string;
  readonly text: string;
  /** Of the text, in hexadecimal; without one the operation is always sent whole. */
  readonly sha256?: string;
  /** Never there: only its type is, by which GraphQL tools tell the two types of a document. */
  readonly __apiType?: (variables: Variables) => Data;
}

/** Settings of one call. */
export interface CallOptions {
  /** Ends the call: the request, the waiting before another try, the stream. */
  readonly signal?: AbortSignal;
}

/** Variables can be left out where none is required. */
export type Arguments<Variables> =
  Record<string, never> extends Variables
    ? [variables?: Variables, options?: CallOptions]
    : [variables: Variables, options?: CallOptions];
