import { defaultFieldResolver, type GraphQLField, type GraphQLSchema, isObjectType } from 'graphql';
import type { RequestContext } from '../../graphql/context.js';

/** When the work on one root field began and when the last of it ended, in milliseconds of `performance.now()`. */
export interface FieldTime {
  /** As in `Query.factor`. */
  readonly name: string;
  readonly begun: number;
  ended: number;
  failed: boolean;
}

type Field = GraphQLField<unknown, RequestContext>;
type Path = { readonly prev: Path | undefined; readonly key: string | number };

/**
 * Times the root fields of every operation on a schema, which it changes to that end: only for servers that are traced.
 * The work often lies below the root field – `factor { ranking }` – so its time lasts until the last field of it has
 * ended that takes arguments or declares what it costs. All others are left alone, or a long list would take ten times as
 * long as it does.
 */
export class RootFieldTimes {
  /** By what is shared by all copies of a context. */
  private readonly times = new WeakMap<RequestContext['answer'], Map<string | number, FieldTime>>();

  constructor(schema: GraphQLSchema) {
    const roots = [schema.getQueryType(), schema.getMutationType()];
    for (const type of Object.values(schema.getTypeMap())) {
      if (!isObjectType(type) || type.name.startsWith('__') || type === schema.getSubscriptionType()) continue;
      const isRoot = roots.includes(type);
      for (const field of Object.values(type.getFields()) as Field[])
        if (isRoot) this.time(field, `${type.name}.${field.name}`);
        else if (field.args.length > 0 || field.extensions.complexity !== undefined) this.time(field, null);
    }
  }

  of({ answer }: RequestContext): readonly FieldTime[] {
    return [...(this.times.get(answer)?.values() ?? [])];
  }

  /** @param root what a root field is called; null for a field below one */
  private time(field: Field, root: string | null): void {
    const { resolve = defaultFieldResolver } = field;
    field.resolve = (source, args, context, info) => {
      const key = rootKey(info.path);
      if (root !== null) this.begin(context, key, root);
      const end = (failed: boolean): void => this.end(context, key, failed);
      try {
        const result: unknown = resolve(source, args, context, info);
        if (result instanceof Promise)
          result.then(
            () => end(false),
            () => end(true),
          );
        else end(false);
        return result;
      } catch (error) {
        end(true);
        throw error;
      }
    };
  }

  private begin({ answer }: RequestContext, key: string | number, name: string): void {
    const times = this.times.get(answer) ?? new Map<string | number, FieldTime>();
    this.times.set(answer, times);
    const now = performance.now();
    times.set(key, { name, begun: now, ended: now, failed: false });
  }

  private end({ answer }: RequestContext, key: string | number, failed: boolean): void {
    const time = this.times.get(answer)?.get(key);
    if (time === undefined) return;
    time.ended = performance.now();
    time.failed ||= failed;
  }
}

/** The name that the root field has in the answer. */
function rootKey(path: Path): string | number {
  return path.prev === undefined ? path.key : rootKey(path.prev);
}
