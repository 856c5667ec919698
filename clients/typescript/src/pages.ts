import type { Client } from './client.js';
import type { Arguments, CallOptions, Operation } from './operation.js';

/** A page of a list, as far as it has to be asked for. */
export interface Connection<Node> {
  readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string | null };
  readonly edges: readonly { readonly node: Node }[];
}

/**
 * Every page of a list, each asked for when the one before has been dealt with; leaving the loop ends it.
 *
 * @param operation takes the cursor as `$after`, and asks for `pageInfo { hasNextPage endCursor }`
 * @param connectionOf where in the answer the list is; null where the thing that has it is null
 */
export async function* pages<
  Data,
  Variables extends { readonly after?: string | null | undefined },
  Page extends Connection<unknown>,
>(
  client: Client,
  operation: Operation<'query', Data, Variables>,
  variables: Variables,
  connectionOf: (data: Data) => Page | null | undefined,
  options: CallOptions = {},
): AsyncGenerator<Page, void, undefined> {
  for (let after = variables.after ?? null; ; ) {
    // Of a type parameter the compiler cannot tell whether variables may be left out; given they may be in either case.
    const given = [{ ...variables, after }, options] as unknown as Arguments<Variables>;
    const data = await client.query(operation, ...given);
    const page = connectionOf(data);
    if (page === null || page === undefined) return;
    yield page;
    if (!page.pageInfo.hasNextPage) return;
    after = page.pageInfo.endCursor;
  }
}

/** Every item of a list, asked for page by page; see `pages`. */
export async function* items<Data, Variables extends { readonly after?: string | null | undefined }, Node>(
  client: Client,
  operation: Operation<'query', Data, Variables>,
  variables: Variables,
  connectionOf: (data: Data) => Connection<Node> | null | undefined,
  options: CallOptions = {},
): AsyncGenerator<Node, void, undefined> {
  for await (const { edges } of pages(client, operation, variables, connectionOf, options))
    for (const { node } of edges) yield node;
}
