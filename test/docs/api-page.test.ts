import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildSchema, type GraphQLObjectType } from 'graphql';
import { expect, test, vi } from 'vitest';
import { readAllOperations } from '../support/operations.js';
import { blocksOf, ROOT, readMarkdown } from './markdown.js';

vi.mock('graphql', async () => (await import('../support/one-graphql.js')).default);

const page = readMarkdown('docs/api.md');
const schema = buildSchema(readFileSync(join(ROOT, 'schema/schema.graphql'), 'utf8'));
const sections = new Map(
  page.text.split(/^### /m).map((section) => [section.split('\n', 1)[0] as string, section] as const),
);

test('docs/api.md has every root field with its arguments and an example that asks for it', () => {
  const roots = [schema.getQueryType(), schema.getMutationType(), schema.getSubscriptionType()] as GraphQLObjectType[];
  const fields = roots.flatMap((root) => Object.values(root.getFields()));
  expect(fields.length).toBeGreaterThan(25);
  for (const { name, args } of fields) {
    const section = sections.get(name) as string;
    expect(section, name).toMatch(/^- (query|mutation|subscription) of scope `(read|compute|admin)`$/m);
    for (const arg of args) expect(section).toContain(`\n| \`${arg.name}\` | `);
    const example = /\]\(\.\.\/schema\/operations\/([\w-]+)\.graphql\), [\d,]+ points? on the demo market/.exec(
      section,
    );
    const operation = readAllOperations().find((one) => one.name === example?.[1]);
    expect(operation?.query, name).toMatch(new RegExp(`^ {2}(?:\\w+: )?${name}\\b`, 'm'));
  }
});

test('its examples are the files of schema/operations', () => {
  const known = readAllOperations().map(({ query }) => query.slice(query.indexOf('# variables')));
  const shown = blocksOf(page, 'graphql');
  expect(shown.length).toBeGreaterThan(20);
  expect(shown.filter((one) => !known.includes(one))).toEqual([]);
});

test('it tells the meaning of every field and value of the types', () => {
  const roots = ['Query', 'Mutation', 'Subscription'];
  const types = Object.values(schema.getTypeMap()).filter(
    ({ name }) => !/^__|(Connection|Edge)$|^PageInfo$/.test(name) && !roots.includes(name),
  );
  for (const type of types) {
    const members = 'getValues' in type ? type.getValues() : 'getFields' in type ? Object.values(type.getFields()) : [];
    const section = [...sections].find(([heading]) => heading.endsWith(` ${type.name}`))?.[1];
    for (const { name, description } of members) {
      const row = section?.split('\n').find((line) => line.startsWith(`| \`${name}\` | `));
      expect(row, `${type.name}.${name}`).toContain((description as string).replaceAll('|', '\\|'));
    }
  }
});
