import { Extensions } from 'type-graphql';
import type { Scope } from '../domain/access.js';

/** What the schema says of its fields beside their types; read by operation-profile and repeatable.plugin. */
declare module 'graphql' {
  interface GraphQLFieldExtensions<_TSource, _TContext, _TArgs> {
    readonly scope?: Scope;
    readonly listSize?: ListSizeOf;
    readonly repeatable?: boolean;
  }
}

/** How many items a list is taken to hold; `perYear` goes by the arguments `from` and `to`. */
export type ListSizeOf = number | { readonly perYear: number };

/** Says what a caller must be allowed in order to use a root field. One that does not say is for `admin`. */
export function RequiresScope(scope: Scope): MethodDecorator {
  return Extensions({ scope });
}

/** Says how long a list gets that has no page size; what is asked of its items costs as many times as much. */
export function ListSize(listSize: ListSizeOf): MethodDecorator & PropertyDecorator {
  return Extensions({ listSize });
}
