// Writes docs/api.md from the built code and the example operations. With --check it only says whether it is up to date.
import 'reflect-metadata';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { getOperationAST, Kind, parse } from 'graphql';
import { ERROR_CODES } from '../dist/src/domain/errors.js';
import { COST_LIMIT } from '../dist/src/graphql/operation-guard.js';
import { profileOperation } from '../dist/src/graphql/operation-profile.js';
import { buildApiSchema } from '../dist/src/graphql/schema.js';
import { RESOLVERS } from '../dist/src/modules/resolvers.js';
import { costOf, defaultOf, points, table, typeLink } from './api-page/markdown.mjs';
import { meaningOf, typeSections } from './api-page/types.mjs';

const PAGE = new URL('../docs/api.md', import.meta.url);
const OPERATIONS = new URL('../schema/operations/', import.meta.url);
/** Days of the demo market, which costs of ranges are told for. */
const DEMO_SPAN = { from: '2022-01-04', to: '2025-12-31' };
/** Longer examples are linked only. */
const LONGEST_EXAMPLE = 60;

const GROUPS = {
  Industries: ['industries', 'industry'],
  Prices: ['dailyBars'],
  Factors: ['factors', 'factor'],
  Portfolios: ['portfolios', 'portfolio', 'createPortfolio'],
  'Backtests and sweeps': ['runBacktest', 'jobProgress', 'backtest', 'backtests', 'runSweep', 'sweep', 'cancelJob'],
  'Funds and their flows': ['etfs', 'etf', 'themes', 'etfFlows'],
  'Market and weekly report': ['marketFlash', 'marginFinancing', 'weeklyReport'],
  Models: ['models', 'registerModel'],
  'The server itself': ['dataStatus', 'rateLimit', 'node'],
};

const schema = buildApiSchema(RESOLVERS);
const rootFields = new Map(
  ['query', 'mutation', 'subscription'].flatMap((kind) =>
    Object.values(schema.getRootType(kind)?.getFields() ?? {}).map((field) => [field.name, { kind, field }]),
  ),
);
const placed = Object.values(GROUPS).flat();
const problems = [
  ...[...rootFields.keys()].filter((name) => !placed.includes(name)).map((name) => `${name} is in no group`),
  ...placed.filter((name) => !rootFields.has(name)).map((name) => `there is no root field ${name}`),
];

const operations = readdirSync(OPERATIONS)
  .filter((file) => file.endsWith('.graphql'))
  .sort()
  .map((file) => {
    const source = readFileSync(new URL(file, OPERATIONS), 'utf8');
    const document = parse(source);
    const operation = getOperationAST(document);
    const variables = JSON.parse(/^# variables: (.*)$/m.exec(source)[1]);
    const { cost } = profileOperation(schema, document, operation, variables, DEMO_SPAN);
    const fields = operation.selectionSet.selections.flatMap((node) =>
      node.kind === Kind.FIELD ? [node.name.value] : [],
    );
    return { file, source, cost, fields, purpose: /^# (.*)$/m.exec(source)[1] };
  });

function rootSection(name) {
  const { kind, field } = rootFields.get(name);
  const examples = operations.filter(({ fields }) => fields.includes(name));
  // The one that is about this field alone, and the shortest of those.
  const [example] = [...examples].sort(
    (a, b) => a.fields.length - b.fields.length || a.source.length - b.source.length,
  );
  if (example === undefined) {
    problems.push(`${name} has no example in schema/operations`);
    return [];
  }
  const texts = [field.description, ...field.args.map(({ description }) => description)].join(' ');
  const codes = ERROR_CODES.filter((code) => new RegExp(`\\b${code}\\b`).test(texts));
  const others = examples.filter((one) => one !== example).map(({ file }) => operationLink(file));
  const isShort = example.source.split('\n').length <= LONGEST_EXAMPLE;
  return [
    `### ${name}`,
    meaningOf(field),
    [
      `- ${kind} of scope \`${field.extensions.scope ?? 'admin'}\``,
      `- gives ${typeLink(field.type)}`,
      `- costs ${costOf(field) || points(1)}, and what is asked of it`,
      ...(codes.length > 0 ? [`- errors: ${codes.map((code) => `[\`${code}\`](errors.md)`).join(', ')}`] : []),
    ].join('\n'),
    ...table(
      ['argument', 'type', 'default', 'meaning'],
      field.args.map((arg) => [`\`${arg.name}\``, typeLink(arg.type), defaultOf(arg), meaningOf(arg)]),
    ),
    `${example.purpose.replace(/\.$/, '')} (${operationLink(example.file)}, ${points(example.cost)} on the demo market):`,
    ...(isShort ? [`\`\`\`graphql\n${example.source.replace(/^# .*\n(?=# variables)/, '')}\`\`\``] : []),
    ...(others.length > 0 ? [`More: ${others.join(', ')}.`] : []),
  ];
}

function operationLink(file) {
  return `[${file.replace('.graphql', '')}](../schema/operations/${file})`;
}

const sections = Object.entries(GROUPS).flatMap(([group, names]) => [
  `## ${group}`,
  ...names.filter((name) => rootFields.has(name)).flatMap(rootSection),
]);

const page = `${[
  '# The API, field by field',
  '<!-- Written by `npm run docs:api` from the code and schema/operations; change those. -->',
  `Operations go to \`POST /graphql\`, or as GET with the header \`apollo-require-preflight: 1\`; subscriptions to the same
address as WebSocket (protocol \`graphql-transport-ws\`) or to \`/graphql/stream\` as server-sent events. The
[TypeScript client](../clients/typescript/README.md) does all of it.`,
  `- **Access.** Each root field names the scope that a key must have; see [README](../README.md#access).
- **Units.** Ratios and returns are fractions, money is yuan, dates are days in Shanghai; descriptions name what is
  otherwise. How figures are computed: [conventions](conventions.md).
- **Cost.** A field costs 1 point unless something else stands here. What is asked of the items of a list costs as many
  times as the page or the list is long, and a field that takes a range costs at least once and as many times as the range
  has years. An operation may cost ${COST_LIMIT.toLocaleString('en')} points; \`extensions.cost\` tells what it was
  charged for.
- **Errors.** Besides those named here any field may give those of access, rate and arguments: [errors](errors.md).
- **Changes.** What may change, and how it is told: [deprecation](deprecation.md), [schema/CHANGES.md](../schema/CHANGES.md).`,
  Object.entries(GROUPS)
    .map(([group, names]) => `- ${group}: ${names.map((name) => `[${name}](#${name.toLowerCase()})`).join(', ')}`)
    .join('\n'),
  ...sections,
  ...typeSections(schema),
].join('\n\n')}\n`;

if (problems.length > 0) {
  console.error(`docs/api.md cannot be written (scripts/write-api-page.mjs):\n  ${problems.join('\n  ')}`);
  process.exitCode = 1;
} else if (!process.argv.includes('--check')) {
  writeFileSync(PAGE, page);
} else if (readFileSync(PAGE, 'utf8') !== page) {
  console.error('docs/api.md is not what the code says; run npm run docs:api and commit what it writes.');
  process.exitCode = 1;
}
