import {
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLField,
  type GraphQLNamedType,
  type GraphQLSchema,
  getArgumentValues,
  getNamedType,
  getNullableType,
  getVariableValues,
  isInterfaceType,
  isListType,
  isObjectType,
  Kind,
  type OperationDefinitionNode,
  type SelectionNode,
} from 'graphql';
import type { Scope } from '../domain/access.js';
import { LundongError } from '../domain/errors.js';
import { type LocalDate, toDayNumber } from '../domain/local-date.js';
import { MARKET_PAGE_LIMIT } from './types/connection.js';
import { LocalDate as LocalDateScalar } from './types/scalars.js';

/** Fields of an operation with its fragments written out: bounds its compilation, about 0.2 ms a field. */
export const MAX_SELECTIONS = 300;

/** What a list is taken to hold where nothing says: the industries of a scheme. */
const LIST_SIZE = 30;
const INTROSPECTION_COST = 1000;
const DAYS_A_YEAR = 365.25;

/** The first and the last day of which there are data; null where there are none. */
export type Span = { readonly from: LocalDate; readonly to: LocalDate } | null;

/** What an operation asks for, with its fragments written out, before any of it is executed. */
export interface OperationProfile {
  /** An estimate in points: a field costs its `complexity`, 1 unless declared, and lists multiply. */
  readonly cost: number;
  readonly depth: number;
  readonly aliases: number;
  readonly rootFields: readonly string[];
  /** What a caller must be allowed. */
  readonly scopes: ReadonlySet<Scope>;
  readonly introspects: boolean;
  /**
   * Whether all it asks for lies before the last day of the data: every field that takes dates was given them, and every
   * root field has such a field.
   */
  readonly isClosed: boolean;
}

/**
 * @param given the variables as sent; bad ones count as not given, and the executor will tell
 * @throws LundongError COST_LIMIT for more than MAX_SELECTIONS fields
 */
export function profileOperation(
  schema: GraphQLSchema,
  document: DocumentNode,
  operation: OperationDefinitionNode,
  given: Readonly<Record<string, unknown>>,
  span: Span,
): OperationProfile {
  const { coerced } = getVariableValues(schema, operation.variableDefinitions ?? [], given, { maxErrors: 1 });
  return new Walk(schema, document, coerced ?? {}, span).profile(operation);
}

type Parent = GraphQLNamedType | undefined;
type Field = GraphQLField<unknown, unknown>;

class Walk {
  private readonly fragments = new Map<string, FragmentDefinitionNode>();
  private readonly scopes = new Set<Scope>();
  private readonly rootFields: string[] = [];
  private selections = 0;
  private depth = 0;
  private aliases = 0;
  private introspects = false;
  private dates = 0;
  private hasOpenDate = false;

  constructor(
    private readonly schema: GraphQLSchema,
    document: DocumentNode,
    private readonly variables: Record<string, unknown>,
    private readonly span: Span,
  ) {
    for (const node of document.definitions)
      if (node.kind === Kind.FRAGMENT_DEFINITION) this.fragments.set(node.name.value, node);
  }

  profile({ operation, selectionSet }: OperationDefinitionNode): OperationProfile {
    let isClosed = true;
    const cost = this.sum(selectionSet.selections, this.schema.getRootType(operation) ?? undefined, (node, root) => {
      const before = this.dates;
      const own = this.costOfRoot(node, root);
      isClosed &&= this.dates > before;
      return own;
    });
    const { depth, aliases, rootFields, scopes, introspects } = this;
    return { cost, depth, aliases, rootFields, scopes, introspects, isClosed: isClosed && !this.hasOpenDate };
  }

  /** Adds up what the fields among the selections cost, fragments followed. */
  private sum(
    selections: readonly SelectionNode[],
    type: Parent,
    costOf: (node: FieldNode, parent: Parent) => number,
  ): number {
    return selections.reduce((cost, node) => {
      if (++this.selections > MAX_SELECTIONS)
        throw new LundongError(
          'COST_LIMIT',
          `An operation may have, fragments written out, ${MAX_SELECTIONS} fields; send several.`,
          { limit: MAX_SELECTIONS },
        );
      if (node.kind === Kind.FIELD) return cost + costOf(node, type);
      const fragment = node.kind === Kind.INLINE_FRAGMENT ? node : this.fragments.get(node.name.value);
      if (fragment === undefined) return cost;
      const on = fragment.typeCondition?.name.value;
      const own = on === undefined ? type : this.schema.getType(on);
      return cost + this.sum(fragment.selectionSet.selections, own, costOf);
    }, 0);
  }

  private costOfRoot(node: FieldNode, root: Parent): number {
    const name = node.name.value;
    this.rootFields.push(name);
    if (!name.startsWith('__')) this.scopes.add(fieldOf(root, node)?.extensions.scope ?? 'admin');
    else if (name !== '__typename') this.introspects = true;
    return this.costOfField(node, root, 1, LIST_SIZE);
  }

  /**
   * @param depth of the field, 1 for those of the root
   * @param page how many items the parent was asked for, if it was
   */
  private costOfField(node: FieldNode, parent: Parent, depth: number, page: number): number {
    if (node.alias !== undefined) this.aliases++;
    // What the schema says of itself is bounded by a rule of its own and costs the same however it is asked for.
    if (node.name.value.startsWith('__')) return node.selectionSet ? INTROSPECTION_COST : 1;
    this.depth = Math.max(this.depth, depth);
    const field = fieldOf(parent, node);
    if (field === undefined) return 1;
    const args = argumentsOf(field, node, this.variables);
    this.noteDates(field, args);
    const years = this.yearsOf(args);
    const own = Math.ceil(Number(field.extensions.complexity ?? 1) * Math.max(years ?? 1, 1));
    if (node.selectionSet === undefined) return own;
    const ownPage = pageSize(field, args);
    const items = isListType(getNullableType(field.type)) ? itemsOf(field, years, ownPage ?? page) : 1;
    const of = this.sum(node.selectionSet.selections, getNamedType(field.type), (child, type) =>
      this.costOfField(child, type, depth + 1, ownPage ?? LIST_SIZE),
    );
    return own + Math.ceil(items * of);
  }

  /** The years of data between the arguments `from` and `to`, of the field or of its input; null without them. */
  private yearsOf(args: Readonly<Record<string, unknown>>): number | null {
    const { from, to } = ('from' in args ? args : (args.input ?? {})) as { from?: LocalDate; to?: LocalDate };
    if (typeof from !== 'string' || typeof to !== 'string' || this.span === null) return null;
    const first = Math.max(toDayNumber(from), toDayNumber(this.span.from));
    const last = Math.min(toDayNumber(to), toDayNumber(this.span.to));
    return Math.max(last - first + 1, 0) / DAYS_A_YEAR;
  }

  private noteDates(field: Field, args: Readonly<Record<string, unknown>>): void {
    for (const { name, type } of field.args) {
      if (getNullableType(type) !== LocalDateScalar) continue;
      this.dates++;
      const date = args[name];
      if (typeof date !== 'string' || this.span === null || date >= this.span.to) this.hasOpenDate = true;
    }
  }
}

function fieldOf(parent: Parent, node: FieldNode): Field | undefined {
  return isObjectType(parent) || isInterfaceType(parent) ? parent.getFields()[node.name.value] : undefined;
}

function argumentsOf(field: Field, node: FieldNode, variables: Record<string, unknown>): Record<string, unknown> {
  try {
    return getArgumentValues(field, node, variables);
  } catch {
    return {}; // a null where none may be: the executor will tell
  }
}

/** The page size asked for; null for a field that has none. */
function pageSize(field: Field, { first }: Readonly<Record<string, unknown>>): number | null {
  if (!field.args.some((arg) => arg.name === 'first')) return null;
  return Number.isFinite(first) ? Math.min(Math.max(Number(first), 1), MARKET_PAGE_LIMIT) : LIST_SIZE;
}

function itemsOf({ extensions: { listSize } }: Field, years: number | null, page: number): number {
  if (listSize === undefined) return page;
  return typeof listSize === 'number' ? listSize : Math.max(listSize.perYear * (years ?? 1), 1);
}
