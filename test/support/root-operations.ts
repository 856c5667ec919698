import {
  type GraphQLField,
  type GraphQLInputType,
  type GraphQLSchema,
  getNamedType,
  getNullableType,
  isCompositeType,
  isEnumType,
  isInputObjectType,
  isListType,
  isObjectType,
  isRequiredArgument,
  isRequiredInputField,
} from 'graphql';
import type { Scope } from '#lundong/domain/access.js';

/** The shortest operation that asks for one root field, with something for every argument that it must have. */
export interface RootOperation {
  readonly kind: 'query' | 'mutation' | 'subscription';
  readonly field: string;
  readonly scope: Scope | undefined;
  readonly isRepeatable: boolean;
  readonly query: string;
  /** The same, asking for the values of a table; null where no path without lists leads to one. */
  readonly ofTable: string | null;
}

/** Values that lead somewhere; anything else of its type would do, and be told with a code of its own. */
const KNOWN: Readonly<Record<string, string>> = {
  key: '"diffusion"',
  code: '"CI005001"',
  id: `"${Buffer.from('Industry:CI005001').toString('base64url')}"`,
  asOf: '"2025-11-21"',
  from: '"2025-01-02"',
  to: '"2025-11-21"',
};

/** One for every root field that the schema has: none can be forgotten. */
export function rootOperations(schema: GraphQLSchema): RootOperation[] {
  return (['query', 'mutation', 'subscription'] as const).flatMap((kind) =>
    Object.values(schema.getRootType(kind as never)?.getFields() ?? {}).map((field) => {
      const called = callOf(field);
      const selection = isCompositeType(getNamedType(field.type)) ? ' { __typename }' : '';
      return {
        kind,
        field: field.name,
        scope: field.extensions.scope as Scope | undefined,
        isRepeatable: field.extensions.repeatable === true,
        query: `${kind} { ${called}${selection} }`,
        ofTable: tablePath(field, 3)?.replace(/^(.*)$/s, `${kind} { $1 }`) ?? null,
      };
    }),
  );
}

/** A field with something for every argument that it must have. */
function callOf(field: GraphQLField<unknown, unknown>): string {
  const args = field.args
    .filter((arg) => isRequiredArgument(arg) || arg.name === 'asOf')
    .map((arg) => `${arg.name}: ${literal(arg.name, arg.type)}`);
  return `${field.name}${args.length > 0 ? `(${args.join(', ')})` : ''}`;
}

/** The shortest way to the values of a table; null where there is none of so many steps, or only through lists. */
function tablePath(field: GraphQLField<unknown, unknown>, steps: number): string | null {
  const type = getNamedType(field.type);
  if (!isObjectType(type) || isListType(getNullableType(field.type))) return null;
  if (type.name === 'Table') return `${callOf(field)} { data }`;
  const inner = steps === 0 ? [] : Object.values(type.getFields()).map((one) => tablePath(one, steps - 1));
  const [shortest] = inner.filter((path) => path !== null).sort((a, b) => a.length - b.length);
  return shortest === undefined ? null : `${callOf(field)} { ${shortest} }`;
}

function literal(name: string, type: GraphQLInputType): string {
  const inner = getNullableType(type);
  if (isListType(inner)) return `[${literal(name, inner.ofType)}]`;
  if (isEnumType(inner)) return inner.getValues()[0]?.name as string;
  if (isInputObjectType(inner)) {
    const fields = Object.values(inner.getFields()).filter(isRequiredInputField);
    return `{ ${fields.map((field) => `${field.name}: ${literal(field.name, field.type)}`).join(', ')} }`;
  }
  const known = KNOWN[name];
  if (known !== undefined) return known;
  const byType: Readonly<Record<string, string>> = { Int: '1', Float: '1', Boolean: 'true', LocalDate: '"2025-11-21"' };
  return byType[inner.name] ?? '"x"';
}
