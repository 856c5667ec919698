import type { DocumentNode, GraphQLSchema, OperationDefinitionNode } from 'graphql';
import type { Caller } from '../domain/access.js';
import { LundongError } from '../domain/errors.js';
import type { Market } from '../lake/market.js';
import type { RequestContext } from './context.js';
import type { OperationIdentities } from './operation-identity.js';
import { type OperationProfile, profileOperation, type Span } from './operation-profile.js';
import type { TrustedDocuments } from './trusted-documents.js';

/** Set so that the dearest operation allowed holds the event loop for some 50 ms. */
export const COST_LIMIT = 20_000;
/** Operations from this cost on are counted: a caller may have few of them under way at once. */
const HEAVY_COST = 2000;
const MAX_DEPTH = 15;
const MAX_ALIASES = 100;
const MAX_ROOT_FIELDS = 20;

export interface GuardOptions {
  /** Whether the schema may be asked for. */
  readonly introspection: boolean;
  /** Null where any document will do. */
  readonly documents: TrustedDocuments | null;
  /** What is told of operations. */
  readonly identities: OperationIdentities;
  /** Hears of operations whose document is not trusted and that are executed all the same. */
  readonly onUntrusted: (context: RequestContext) => void;
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
   * Checks the operation; that it is paid for is up to `charge`.
   *
   * @throws LundongError UNTRUSTED_DOCUMENT, FORBIDDEN, INTROSPECTION_OFF, COST_LIMIT
   */
  check(context: RequestContext, { source, document, operation, variables }: GuardedOperation): OperationProfile {
    context.answer.operation = this.options.identities.of(source, operation);
    this.requireTrusted(context, source);
    const profile = profileOperation(this.schema, document, operation, variables, spanOf(context.market));
    requireScopes(context.caller, profile);
    if (profile.introspects && !this.options.introspection)
      throw new LundongError('INTROSPECTION_OFF', 'This server does not tell its schema; it lies in schema.graphql.');
    requireBounds(profile);
    return profile;
  }

  /**
   * Charges for an operation that is about to be executed, and notes in the context what it asks for.
   *
   * @throws LundongError RATE_LIMITED
   */
  charge({ caller, origin, answer }: RequestContext, profile: OperationProfile): void {
    answer.rate = origin.rates.charge(caller, profile.cost);
    answer.profile = profile;
  }

  /**
   * Checks an operation that is about to be executed, counts it if it is dear, and charges for it.
   *
   * @returns what has to be called once it has ended, however it did
   * @throws LundongError as `check` and `charge` do
   */
  admit(context: RequestContext, guarded: GuardedOperation): () => void {
    const profile = this.check(context, guarded);
    const { rates, takeTable } = context.origin;
    // An export is counted by its door, for as long as it is carried.
    const isHeavy = profile.cost >= HEAVY_COST && takeTable === undefined;
    const end = isHeavy ? rates.beginHeavy(context.caller) : () => undefined;
    try {
      this.charge(context, profile);
      return end;
    } catch (error) {
      end();
      throw error;
    }
  }

  private requireTrusted(context: RequestContext, source: string): void {
    const { documents, onUntrusted } = this.options;
    if (documents === null || documents.has(source)) return;
    if (documents.isEnforced)
      throw new LundongError(
        'UNTRUSTED_DOCUMENT',
        'This server executes the operations of its folder schema/operations only, and this is none of them.',
      );
    onUntrusted(context);
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
  const bounds = [
    { name: 'depth', count: depth, limit: MAX_DEPTH, told: `is ${depth} fields deep` },
    { name: 'aliases', count: aliases, limit: MAX_ALIASES, told: `has ${aliases} aliases` },
    {
      name: 'rootFields',
      count: rootFields.length,
      limit: MAX_ROOT_FIELDS,
      told: `has ${rootFields.length} root fields`,
    },
  ];
  for (const { name, count, limit, told } of bounds)
    if (count > limit)
      throw new LundongError('COST_LIMIT', `This operation ${told}, and ${limit} is the most; send several.`, {
        [name]: count,
        limit,
      });
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
