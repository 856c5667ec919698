import { readFileSync } from 'node:fs';
import {
  buildSchema,
  type GraphQLArgument,
  type GraphQLInputField,
  type GraphQLNamedType,
  type GraphQLSchema,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isObjectType,
} from 'graphql';
import { describe, expect, test, vi } from 'vitest';
import { buildApiSchema } from '#lundong/graphql/schema.js';
import { RESOLVERS } from '#lundong/modules/resolvers.js';
import { sharedDataAvailable, sharedPath } from '../support/shared-data.js';

vi.mock('graphql', async () => (await import('../support/one-graphql.js')).default);

/** Parts of the contract that are not built yet, by what will bring them. */
const LATER: Readonly<Record<string, readonly string[]>> = {};

describe.skipIf(!sharedDataAvailable('contract.graphql'))('the contract of the first release', () => {
  const contract = buildSchema(completed(readFileSync(sharedPath('contract.graphql'), 'utf8')));
  const ours = buildApiSchema(RESOLVERS);

  test('what we have of it has its types, nullability and defaults', () => {
    expect(compare(contract, ours).deviations).toEqual([]);
  });

  test('what we lack of it is known', () => {
    const expected = Object.values(LATER).flat();
    expect(compare(contract, ours).missing.sort()).toEqual(
      expected.map((name) => name.replace(/^(\w+)$/, 'type $1')).sort(),
    );
  });
});

/** The contract leaves connections, and node types that it describes in a comment, to be understood. */
function completed(commented: string): string {
  const text = commented.replaceAll(/#.*$/gm, '');
  const connections = [...new Set(text.match(/\b\w+Connection\b/g) ?? [])];
  const understood = connections.map((name) => {
    const node = name.replace(/Connection$/, '');
    return `type ${name} { edges: [${node}Edge!]! pageInfo: PageInfo! totalCount: Int! } type ${node}Edge { node: ${node}! cursor: String! }`;
  });
  return [
    text,
    ...understood,
    'type PageInfo { hasNextPage: Boolean! hasPreviousPage: Boolean! startCursor: String endCursor: String }',
    'type IndustryMember { stock: String! weight: Float }',
    'type EtfIndustry { industry: Industry! correlation: Float beta: Float observations: Int! }',
  ].join('\n');
}

function compare(contract: GraphQLSchema, ours: GraphQLSchema): { deviations: string[]; missing: string[] } {
  const deviations: string[] = [];
  const missing: string[] = [];
  const same = (what: string, expected: unknown, actual: unknown): void => {
    if (expected !== actual) deviations.push(`${what}: ${actual}, by the contract ${expected}`);
  };
  const own = (type: GraphQLNamedType): boolean => !/^__|^(Int|Float|String|Boolean|ID)$/.test(type.name);
  for (const type of Object.values(contract.getTypeMap()).filter(own)) {
    const mine = ours.getType(type.name);
    if (mine === undefined) {
      if (!/Edge$/.test(type.name)) missing.push(`type ${type.name}`);
      continue;
    }
    same(`kind of ${type.name}`, type.constructor.name, mine.constructor.name);
    if (isEnumType(type) && isEnumType(mine))
      same(`values of ${type.name}`, names(type.getValues()).join(), names(mine.getValues()).join());
    if (isObjectType(type) && isObjectType(mine))
      for (const { name } of type.getInterfaces())
        same(`${type.name} implements ${name}`, true, names(mine.getInterfaces()).includes(name));
    if (isInputObjectType(type) && isInputObjectType(mine))
      for (const field of Object.values(type.getFields())) {
        const found = mine.getFields()[field.name];
        if (found === undefined) missing.push(`${type.name}.${field.name}`);
        else same(`${type.name}.${field.name}`, described(field), described(found));
      }
    if ((isObjectType(type) || isInterfaceType(type)) && (isObjectType(mine) || isInterfaceType(mine)))
      for (const field of Object.values(type.getFields())) {
        const place = `${type.name}.${field.name}`;
        const found = mine.getFields()[field.name];
        if (found === undefined) {
          missing.push(place);
          continue;
        }
        same(place, String(field.type), String(found.type));
        for (const arg of field.args) {
          const its = found.args.find(({ name }) => name === arg.name);
          same(`${place}(${arg.name})`, described(arg), its === undefined ? 'nothing' : described(its));
        }
        // A required argument of ours would break those who go by the contract.
        for (const arg of found.args)
          if (!names(field.args).includes(arg.name))
            same(
              `${place}(${arg.name}) can be left out`,
              true,
              !String(arg.type).endsWith('!') || arg.defaultValue !== undefined,
            );
      }
  }
  return { deviations, missing };
}

function described({ type, defaultValue }: GraphQLArgument | GraphQLInputField): string {
  return `${type}${defaultValue === undefined ? '' : ` = ${JSON.stringify(defaultValue)}`}`;
}

function names(things: readonly { name: string }[]): string[] {
  return things.map(({ name }) => name).sort();
}
