import 'reflect-metadata';
import { type GraphQLSchema, lexicographicSortSchema, printSchema } from 'graphql';
import { buildSchemaSync, type ContainerType, type NonEmptyArray } from 'type-graphql';

type ResolverClass = abstract new (...services: never[]) => object;

/**
 * @param classes decorated resolver classes
 * @param container gives the instance that serves a class; printing the schema needs none
 */
export function buildApiSchema(classes: readonly ResolverClass[], container?: ContainerType): GraphQLSchema {
  return buildSchemaSync({
    resolvers: classes as unknown as NonEmptyArray<() => void>,
    ...(container === undefined ? {} : { container }),
    // Asked for by the library; every subscription of ours brings a source of its own.
    pubSub: {
      publish: () => undefined,
      subscribe: () => {
        throw new Error('a subscription without a source of its own');
      },
    },
    // Arguments are checked where they are understood: in scalars, engines and services.
    validate: false,
  });
}

/** The schema as text, sorted: its order means nothing and must not make differences. */
export function printApiSchema(schema: GraphQLSchema): string {
  return `${printSchema(lexicographicSortSchema(schema))}\n`;
}
