import { readFileSync } from 'node:fs';
import {
  type GraphQLField,
  type GraphQLNamedType,
  getNullableType,
  isEnumType,
  isInputObjectType,
  isListType,
  isScalarType,
} from 'graphql';
import { expect, test, vi } from 'vitest';
import { buildApiSchema, printApiSchema } from '#lundong/graphql/schema.js';
import { RESOLVERS } from '#lundong/modules/resolvers.js';

vi.mock('graphql', async () => (await import('../support/one-graphql.js')).default);

const schema = buildApiSchema(RESOLVERS);
const types = Object.values(schema.getTypeMap()).filter((type) => !type.name.startsWith('__'));

/** Lists without a page argument, and what bounds them. */
const BOUNDED_LISTS: Readonly<Record<string, string>> = {
  'Backtest.notes': 'one text a price series, and one a weight date',
  'Backtest.rebalances': 'the weeks of the range, and the dates of its schedule',
  'BacktestConnection.edges': 'the page argument stands at the connection',
  'DataStatus.datasets': 'the data sets that the importer knows',
  'Etf.industries': 'the industries of a scheme, 31 at most',
  'Etf.netFlowNotes': 'one text a split, and one for each thing that days lack',
  'Etf.notes': 'a line a figure',
  'Etf.themes': 'the themes of the rules',
  'EtfBasket.items': 'the industries of a scheme, 31 at most',
  'EtfConnection.edges': 'the page argument stands at the connection',
  'EtfFlowReport.categories': 'the ten categories',
  'EtfFlowReport.inflows': 'five',
  'EtfFlowReport.notes': 'one text a split in the week, and one for each thing that funds lack',
  'EtfFlowReport.outflows': 'five',
  'Holdings.items': 'the industries of a scheme, 31 at most',
  'Holdings.notes': 'one text a price series, and one a weight date',
  'IndexReturn.levelsCrossed': 'the levels of one week’s move',
  'Industry.etfNotes': 'one text at most',
  'IndustryFactor.notes': 'one text a price series, and one a weight date',
  'IndustryMemberConnection.edges': 'the page argument stands at the connection',
  'MarginFinancing.falls': 'five',
  'MarginFinancing.notes': 'one text an industry, and one a weight date',
  'MarginFinancing.rises': 'five',
  'MarketFlash.levels': 'the indices that are loaded, a level or two each',
  'MarketFlash.notes': 'one text a data set, and one an index',
  'MarketFlash.themes': 'the themes of the rules',
  'ModelSection.bottom': 'six',
  'ModelSection.entered': 'the industries of a scheme, 31 at most',
  'ModelSection.largestRises': 'three',
  'ModelSection.left': 'the industries of a scheme, 31 at most',
  'ModelSection.next': 'the industries of a scheme, 31 at most',
  'ModelSection.notes': 'one text a price series, a weight date, and an industry',
  'ModelSection.top': 'six',
  'Performance.notes': 'one text a price series, and one a weight date',
  'PeriodTable.notes': 'one text a price series, and one a weight date',
  'Portfolio.changes': 'the weeks of the range, and the dates of its schedule',
  'PortfolioConnection.edges': 'the page argument stands at the connection',
  'Query.factors': 'the engines there are',
  'Query.industries': 'the industries of a scheme, 31 at most',
  'Query.models': 'about one for each month that is scored',
  'Query.themes': 'the themes of the rules',
  'Ranking.items': 'the industries of a scheme, 31 at most',
  'Ranking.notes': 'one text a price series, and one a weight date',
  'Ranking.unavailable': 'the industries of a scheme, 31 at most',
  'Rebalance.entered': 'the industries of a scheme, 31 at most',
  'Rebalance.left': 'the industries of a scheme, 31 at most',
  'Rebalance.notes': 'one text a price series, and one a weight date',
  'Rebalance.unpriced': 'the industries of a scheme, 31 at most',
  'Sweep.notes': 'one text a price series, and one a weight date',
  'Table.columns': 'the industries of a scheme and the date',
  'Table.data': 'as many as columns; rows by the dates asked for',
  'Table.notes': 'one text a price series, and one a weight date',
  'WeeklyReport.etfFlowNotes': 'one text a split in the week, and one for each thing that funds lack',
  'WeeklyReport.indexNotes': 'one text a price series, and two an index',
  'WeeklyReport.indices': 'the broad indices known by name',
  'WeeklyReport.industriesWeek': 'the 30 industries',
  'WeeklyReport.industriesYear': 'the 30 industries',
  'WeeklyReport.industryNotes': 'one text a price series, and one for each thing that industries lack',
  'WeeklyReport.models': 'eight',
  'WeeklyReport.notes': 'three',
  'WeeklyReport.unavailableModels': 'eight',
};

test('everything has a description', () => {
  const missing = types.flatMap((type) => [
    ...(type.description || isRoot(type) || isBuiltIn(type) ? [] : [type.name]),
    ...fieldsOf(type).flatMap((field) => [
      ...(field.description ? [] : [`${type.name}.${field.name}`]),
      ...field.args.filter((arg) => !arg.description).map((arg) => `${type.name}.${field.name}(${arg.name})`),
    ]),
    ...(isInputObjectType(type) ? Object.values(type.getFields()) : [])
      .filter((field) => !field.description)
      .map((field) => `${type.name}.${field.name}`),
    ...(isEnumType(type) ? type.getValues() : [])
      .filter((value) => !value.description)
      .map((value) => `${type.name}.${value.name}`),
  ]);
  expect(missing).toEqual([]);
});

test('every list has a page argument, or a bound that is known', () => {
  const lists = types
    .filter((type) => !isInputObjectType(type))
    .flatMap((type) =>
      fieldsOf(type)
        .filter((field) => isListType(getNullableType(field.type)))
        .filter((field) => !field.args.some((arg) => arg.name === 'first'))
        .map((field) => `${type.name}.${field.name}`),
    );
  expect(lists.sort()).toEqual(Object.keys(BOUNDED_LISTS));
});

test('what a page of a connection may hold is told', () => {
  const pages = types.flatMap(fieldsOf).flatMap((field) => field.args.filter((arg) => arg.name === 'first'));
  expect(pages.length).toBeGreaterThan(0);
  for (const { description } of pages) expect(description).toMatch(/1 to (500|2000)\b/);
});

test('the committed schema is what the code says', () => {
  const committed = readFileSync(new URL('../../schema/schema.graphql', import.meta.url), 'utf8');
  expect(printApiSchema(schema)).toBe(committed);
});

test('dates are LocalDate, moments DateTime; no scalar of a library slips in', () => {
  const scalars = types.filter(isScalarType).map((type) => type.name);
  expect(scalars.sort()).toEqual(['Boolean', 'DateTime', 'Float', 'ID', 'Int', 'JSON', 'LocalDate', 'String']);
});

function fieldsOf(type: GraphQLNamedType): GraphQLField<unknown, unknown>[] {
  if (isInputObjectType(type) || !('getFields' in type)) return [];
  return Object.values(type.getFields());
}

function isRoot(type: GraphQLNamedType): boolean {
  return [schema.getQueryType(), schema.getMutationType(), schema.getSubscriptionType()].some((root) => root === type);
}

function isBuiltIn(type: GraphQLNamedType): boolean {
  return ['Boolean', 'Float', 'ID', 'Int', 'String'].includes(type.name);
}
