import { type ClassType, Field, Int, ObjectType } from 'type-graphql';
import { LundongError } from '../../domain/errors.js';

/** The largest page of a list. */
export const PAGE_LIMIT = 500;

/** The largest page of a list that lies ready in memory: all funds of the market. The cost of an operation bounds it, too. */
export const MARKET_PAGE_LIMIT = 2000;

@ObjectType('PageInfo', { description: 'Where a page lies in its list.', simpleResolvers: true })
export class PageInfo {
  @Field(() => Boolean, { description: 'Whether more follow: ask again with `after: endCursor`.' })
  hasNextPage!: boolean;

  @Field(() => Boolean, { description: 'Whether the page does not begin at the beginning.' })
  hasPreviousPage!: boolean;

  @Field(() => String, { nullable: true, description: 'Cursor of the first item; null on an empty page.' })
  startCursor!: string | null;

  @Field(() => String, { nullable: true, description: 'Cursor of the last item; null on an empty page.' })
  endCursor!: string | null;
}

export interface Connection<T> {
  edges: { readonly node: T; readonly cursor: string }[];
  pageInfo: PageInfo;
  totalCount: number;
}

/** Writes its cursor when it is asked for: those of a page of all funds take as long as the rest of the page. */
class Edge<T> {
  constructor(
    readonly node: T,
    private readonly sortKey: readonly (string | number)[],
  ) {}

  get cursor(): string {
    return writeCursor(this.sortKey);
  }
}

/** The Relay connection type of a node type: `<name>Connection` with `<name>Edge`. */
export function connectionType<T extends object>(node: ClassType<T>, name: string): ClassType<Connection<T>> {
  @ObjectType(`${name}Edge`, { description: `A ${name} and its place in the list.`, simpleResolvers: true })
  class EdgeType {
    @Field(() => node, { description: `The ${name}.` })
    node!: T;

    @Field(() => String, { description: 'Opaque place in the list, for `after`.' })
    cursor!: string;
  }

  @ObjectType(`${name}Connection`, { description: `A page of ${name}s.`, simpleResolvers: true })
  class ConnectionType implements Connection<T> {
    @Field(() => [EdgeType], { description: 'The page, in order.' })
    edges!: EdgeType[];

    @Field(() => PageInfo, { description: 'Where the page lies in the list.' })
    pageInfo!: PageInfo;

    @Field(() => Int, { description: 'Number of items in the whole list.' })
    totalCount!: number;
  }
  return ConnectionType;
}

/**
 * Cuts a page out of a list that lies in memory. The cursor holds the item's sort key, not its position, so a page
 * continues rightly after items were added or removed.
 *
 * @param list sorted ascending by `keyOf`, compared part by part
 * @param nodeOf makes the node of an item that is on the page
 * @throws LundongError INVALID_ARGUMENT for a page size out of bounds, INVALID_CURSOR
 */
export function pageOf<T, Node>(
  list: readonly T[],
  keyOf: (item: T) => readonly (string | number)[],
  nodeOf: (item: T) => Node,
  first: number,
  after: string | null | undefined,
  limit: number = PAGE_LIMIT,
): Connection<Node> {
  requirePageSize(first, limit);
  const key = after === null || after === undefined ? null : readCursor(after, list[0] && keyOf(list[0]));
  const start = key === null ? 0 : list.findIndex((item) => compareKeys(keyOf(item), key) > 0);
  const page = start < 0 ? [] : list.slice(start, start + first);
  const edges = page.map((item) => new Edge(nodeOf(item), keyOf(item)));
  return {
    edges,
    totalCount: list.length,
    pageInfo: {
      hasNextPage: start >= 0 && start + page.length < list.length,
      hasPreviousPage: start !== 0 && list.length > 0,
      startCursor: edges[0]?.cursor ?? null,
      endCursor: edges.at(-1)?.cursor ?? null,
    },
  };
}

/** @throws LundongError INVALID_ARGUMENT for a page size out of bounds */
export function requirePageSize(first: number, limit: number = PAGE_LIMIT): void {
  if (first < 1 || first > limit)
    throw new LundongError('INVALID_ARGUMENT', `first: ${first} is not possible; ask for 1 to ${limit} items.`);
}

/** @param sample a key of the list, whose form the cursor's must have: one of another kind of list would skip at random */
export function readCursor(cursor: string, sample: readonly unknown[] | undefined): readonly (string | number)[] {
  try {
    const key: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'));
    if (Array.isArray(key) && (sample === undefined || sameForm(key, sample))) return key;
  } catch {
    // told below
  }
  throw new LundongError(
    'INVALID_CURSOR',
    `after: "${cursor.slice(0, 60)}" is no cursor; take one from pageInfo.endCursor.`,
  );
}

export function writeCursor(key: readonly (string | number)[]): string {
  return Buffer.from(JSON.stringify(key)).toString('base64url');
}

function sameForm(a: readonly unknown[], b: readonly unknown[]): boolean {
  return a.length === b.length && a.every((part, index) => typeof part === typeof b[index]);
}

function compareKeys(a: readonly (string | number)[], b: readonly (string | number)[]): number {
  for (let i = 0; i < a.length; i++) {
    const [left, right] = [a[i], b[i]];
    if (left !== right) return right === undefined || (left as string) > (right as string) ? 1 : -1;
  }
  return 0;
}
