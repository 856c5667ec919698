// A history of 10,000 dates by 30 industries, from values at hand to the bytes of the answer: as the API's Table, and as
// objects, which the API does not offer: a row a date with a field an industry, and a list of points a date.
import 'reflect-metadata';
import {
  execute,
  GraphQLFloat,
  GraphQLList,
  GraphQLNonNull,
  GraphQLObjectType,
  GraphQLSchema,
  GraphQLString,
  parse,
} from 'graphql';
import { compileQuery } from 'graphql-jit';
import { createRandom, median } from './measure.mjs';

const DATES = 10_000;
const INDUSTRIES = 30;
const ROUNDS = 9;

function makeHistory() {
  const random = createRandom(20251121);
  const dates = Array.from({ length: DATES }, (_, day) => new Date(day * 86_400_000).toISOString().slice(0, 10));
  const codes = Array.from({ length: INDUSTRIES }, (_, index) => `CI005${String(index + 1).padStart(3, '0')}`);
  const columns = codes.map(() => dates.map(() => (random() < 0.01 ? null : random())));
  return { dates, codes, columns };
}

function objectsSchema({ dates, codes, columns }) {
  const text = { type: new GraphQLNonNull(GraphQLString) };
  const list = (type) => new GraphQLNonNull(new GraphQLList(new GraphQLNonNull(type)));
  const fields = Object.fromEntries(codes.map((code) => [code, { type: GraphQLFloat }]));
  const row = new GraphQLObjectType({ name: 'Row', fields: { date: text, ...fields } });
  const point = new GraphQLObjectType({ name: 'Point', fields: { code: text, value: { type: GraphQLFloat } } });
  const day = new GraphQLObjectType({ name: 'Day', fields: { date: text, points: { type: list(point) } } });
  const rows = () =>
    dates.map((date, at) => {
      const made = { date };
      for (let index = 0; index < codes.length; index++) made[codes[index]] = columns[index][at];
      return made;
    });
  const days = () =>
    dates.map((date, at) => ({ date, points: codes.map((code, index) => ({ code, value: columns[index][at] })) }));
  return new GraphQLSchema({
    query: new GraphQLObjectType({
      name: 'Query',
      fields: { rows: { type: list(row), resolve: rows }, days: { type: list(day), resolve: days } },
    }),
  });
}

/** The API's own schema and its own table, whose resolver gives it the values at hand. */
async function apiSchema({ dates, codes, columns }) {
  const { buildApiSchema } = await import('../dist/src/graphql/schema.js');
  const { RESOLVERS } = await import('../dist/src/modules/resolvers.js');
  const { makeTable } = await import('../dist/src/graphql/types/table.type.js');
  const { TableResolver } = await import('../dist/src/graphql/table.resolver.js');
  const column = (name, type, values) => ({ name, type, unit: null, description: null, values });
  const table = () =>
    makeTable([column('date', 'LocalDate', dates), ...codes.map((code, at) => column(code, 'Float', columns[at]))], {
      asOf: dates.at(-1),
      dataVersion: 1,
    });
  const factor = { factor: (key) => ({ key }), history: table };
  return buildApiSchema(RESOLVERS, { get: (resolver) => (resolver === TableResolver ? new TableResolver() : factor) });
}

/** As lundong executes. */
function compiledExecution(schema, query) {
  const { query: run } = compileQuery(schema, parse(query));
  return (context) => run(undefined, context, {});
}

/** As GraphQL's own library does, and so Apollo and others without a compiler. */
function plainExecution(schema, query) {
  const document = parse(query);
  return (contextValue) => execute({ schema, document, contextValue });
}

/** @returns milliseconds of an execution and of writing its JSON, medians */
async function time(run) {
  const times = [];
  let bytes = 0;
  for (let round = -2; round < ROUNDS; round++) {
    const start = performance.now();
    const result = await run({ origin: {}, signal: new AbortController().signal });
    const end = performance.now();
    const text = JSON.stringify(result);
    if (result.errors !== undefined) throw new Error(text.slice(0, 300));
    bytes = text.length;
    if (round >= 0) times.push([end - start, performance.now() - end]);
  }
  const [executed, written] = [0, 1].map((part) => median(times.map((one) => one[part])));
  return { executed, written, bytes };
}

export async function runTableAgainstObjects() {
  const history = makeHistory();
  const objects = objectsSchema(history);
  const rows = `{ rows { date ${history.codes.join(' ')} } }`;
  const days = '{ days { date points { code value } } }';
  const tableQuery = '{ factor(key: "x") { history(from: "1970-01-01", to: "2000-01-01") { columns { name } data } } }';
  const table = await time(compiledExecution(await apiSchema(history), tableQuery));
  const told = {
    Table: table,
    'a row a date, compiled': await time(compiledExecution(objects, rows)),
    'points of a date, compiled': await time(compiledExecution(objects, days)),
    'a row a date, GraphQL.js': await time(plainExecution(objects, rows)),
    'points of a date, GraphQL.js': await time(plainExecution(objects, days)),
  };
  console.log(`history of ${DATES} dates x ${INDUSTRIES + 1} columns`);
  console.table(
    Object.entries(told).map(([name, { executed, written, bytes }]) => ({
      name,
      'executed, ms': Number(executed.toFixed(1)),
      'written, ms': Number(written.toFixed(1)),
      MB: Number((bytes / 1e6).toFixed(1)),
      'Table takes, of it': Number(((table.executed + table.written) / (executed + written)).toFixed(3)),
    })),
  );
  console.log('needed: Table at most 0.1 of objects, as GraphQL.js executes them');
}
