import type { DocumentNode, GraphQLSchema, OperationDefinitionNode } from 'graphql';
import type { Caller } from '../domain/access.js';
import { LundongError } from '../domain/errors.js';
import type { Market } from '../lake/market.js';
import type { RequestContext } from './context.js';
import { type OperationProfile, profileOperation, type Span } from './operation-profile.js';
import type { TrustedDocuments } from './trusted-documents.js';

/** Set so that the dearest operation allowed holds the event loop for some 50 ms. */
export const COST_LIMIT = 20_000;
const MAX_DEPTH = 15;
const MAX_ALIASES = 100;
const MAX_ROOT_FIELDS = 20;

export interface GuardOptions {
  /** Whether the schema may be asked for. */
  readonly introspection: boolean;
  /** Null where any document will do. */
  readonly documents: TrustedDocuments | null;
  /** Hears of documents that are not trusted and executed all the same. */
  readonly onUntrusted: (operationName: string, caller: Caller) => void;
}

/** What was sent, parsed and valid. */
export interface GuardedOperation {
  readonly source: string;
  readonly document: DocumentNode;
  readonly operation: OperationDefinitionNode;
  readonly variables: Readonly<Record<string, unknown>>;
}

/**
 * The one place that says whether an operation is executed, whatever brought it: over HTTP, WebSocket or server-sent
 * events. No validation rule can do it: documents are validated once and then kept, while callers and variables differ.
 */
export class OperationGuard {
  constructor(
    private readonly schema: GraphQLSchema,
    private readonly options: GuardOptions,
  ) {}

  /**
   * Checks the operation, charges for it, and notes in the context what it asks for.
   *
   * @throws LundongError UNTRUSTED_DOCUMENT, FORBIDDEN, INTROSPECTION_OFF, COST_LIMIT, RATE_LIMITED
   */
  check(context: RequestContext, { source, document, operation, variables }: GuardedOperation): OperationProfile {
    this.requireTrusted(context.caller, source, operation);
    const profile = profileOperation(this.schema, document, operation, variables, spanOf(context.market));
    requireScopes(context.caller, profile);
    if (profile.introspects && !this.options.introspection)
      throw new LundongError('INTROSPECTION_OFF', 'This server does not tell its schema; it lies in schema.graphql.');
    requireBounds(profile);
    context.answer.rate = context.origin.rates.charge(context.caller, profile.cost);
    context.answer.profile = profile;
    return profile;
  }

  private requireTrusted(caller: Caller, source: string, { name }: OperationDefinitionNode): void {
    const { documents, onUntrusted } = this.options;
    if (documents === null || documents.has(source)) return;
    if (documents.isEnforced)
      throw new LundongError(
        'UNTRUSTED_DOCUMENT',
        'This server executes the operations of its folder schema/operations only, and this is none of them.',
      );
    onUntrusted(name?.value ?? '', caller);
  }
}

/** @throws LundongError FORBIDDEN */
export function requireScopes(caller: Caller, { scopes }: Pick<OperationProfile, 'scopes'>): void {
  for (const scope of scopes)
    if (!caller.scopes.has(scope))
      throw new LundongError(
        'FORBIDDEN',
        `This asks for the scope "${scope}", and your key has ${[...caller.scopes].map((one) => `"${one}"`).join(', ') || 'none'}.`,
        { scope },
      );
}

function requireBounds({ cost, depth, aliases, rootFields }: OperationProfile): void {
  if (cost > COST_LIMIT)
    throw new LundongError(
      'COST_LIMIT',
      `This operation would cost about ${cost}, and ${COST_LIMIT} is the most; ask for fewer aliases, shorter pages or ranges or fewer nested lists, or send several operations.`,
      { cost, limit: COST_LIMIT },
    );
  const bounds: readonly [string, number, number][] = [
    ['deep', depth, MAX_DEPTH],
    ['aliases', aliases, MAX_ALIASES],
    ['root fields', rootFields.length, MAX_ROOT_FIELDS],
  ];
  for (const [what, count, limit] of bounds)
    if (count > limit)
      throw new LundongError(
        'COST_LIMIT',
        `This operation is ${what === 'deep' ? `${count} fields deep` : `one of ${count} ${what}`}, and ${limit} is the most; send several.`,
        { [what === 'root fields' ? 'rootFields' : what === 'deep' ? 'depth' : what]: count, limit },
      );
}

const spans = new WeakMap<Market, { readonly span: Span }>();

/** The days that any price series reaches. */
export function spanOf(market: Market): Span {
  const known = spans.get(market);
  if (known !== undefined) return known.span;
  const from = market.allSeries.map(({ firstDate }) => firstDate).sort()[0];
  const to = market.allSeries
    .map(({ lastDate }) => lastDate)
    .sort()
    .at(-1);
  const span = from === undefined || to === undefined ? null : { from, to };
  spans.set(market, { span });
  return span;
}
