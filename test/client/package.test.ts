import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, inject, test, vi } from 'vitest';
import { blocksOf, ROOT, readMarkdown } from '../docs/markdown.js';
import { openServedDemo, type ServedDemo } from '../support/served-demo.js';

vi.mock('graphql', async () => (await import('../support/one-graphql.js')).default);

const run = promisify(execFile);
const README = 'clients/typescript/README.md';

/** A program of somebody else's that has installed the client from the file that `npm pack` makes. */
let project: string;
let packed: string[];
beforeAll(async () => {
  project = await mkdtemp(join(inject('runDirectory'), 'client-'));
  const { stdout } = await run('npm', ['pack', './clients/typescript', '--json', '--pack-destination', project], {
    cwd: ROOT,
  });
  const [{ filename, files }] = JSON.parse(stdout) as [{ filename: string; files: { path: string }[] }];
  packed = files.map(({ path }) => path);
  const installed = join(project, 'node_modules/@lundong/client');
  await mkdir(installed, { recursive: true });
  await run('tar', ['-xzf', join(project, filename), '-C', installed, '--strip-components=1']);
  await symlink(join(ROOT, 'node_modules/@types'), join(project, 'node_modules/@types'));
  await writeFile(join(project, 'package.json'), '{ "type": "module" }');
});

/** What the compiler says of programs under strict settings; they are left compiled beside their sources. */
async function compile(name: string, sources: Readonly<Record<string, string>>): Promise<string[]> {
  for (const [file, source] of Object.entries(sources)) await writeFile(join(project, `${file}.ts`), source);
  const config = {
    compilerOptions: {
      target: 'es2022',
      module: 'nodenext',
      strict: true,
      exactOptionalPropertyTypes: true,
      types: ['node'],
    },
    files: Object.keys(sources).map((file) => `${file}.ts`),
  };
  await writeFile(join(project, `${name}.json`), JSON.stringify(config));
  const tsc = join(ROOT, 'node_modules/.bin/tsc');
  return run(tsc, ['-p', `${name}.json`, '--pretty', 'false'], { cwd: project }).then(
    () => [],
    ({ stdout }: { stdout: string }) => stdout.trim().split('\n'),
  );
}

test('the package holds the compiled client and nothing else', async () => {
  const modules = packed.filter((path) => path.endsWith('.js'));
  expect(modules).toEqual(expect.arrayContaining(['dist/index.js', 'dist/generated/operations.js']));
  expect(packed.sort()).toEqual(
    [
      ...modules,
      ...modules.map((path) => path.replace(/\.js$/, '.d.ts')),
      'LICENSE',
      'README.md',
      'package.json',
    ].sort(),
  );
  const versionOf = async (path: string): Promise<string> =>
    (JSON.parse(await readFile(join(ROOT, path), 'utf8')) as { version: string }).version;
  expect(await versionOf('clients/typescript/package.json')).toBe(await versionOf('package.json'));
});

test('what an operation does not take or give is an error of the compiler', async () => {
  const lines = [
    "import { BestIndustries, CancelJob, createClient, DataStatus, JobProgress, tableRows } from '@lundong/client';",
    "const client = createClient({ url: 'http://localhost/graphql' });",
    "const { factor } = await client.query(BestIndustries, { asOf: '2025-11-21' });",
    'const value: number | undefined = factor?.ranking.items[0]?.value;',
    'factor?.ranking.items[0]?.turnover;', //                                         5: no such field
    'factor.ranking;', //                                                             6: a factor may be null
    'const text: string = value ?? 0;', //                                            7: a number is no text
    "await client.query(BestIndustries, { asof: '2025-11-21' });", //                 8: no such variable
    'await client.query(DataStatus), await client.query(BestIndustries);',
    "await client.query(CancelJob, { id: 'x' });", // 10: a mutation is no query
    'client.subscribe(JobProgress);', //                                             11: the id is required
    "const [row] = tableRows({ columns: [], data: [] }, { date: 'LocalDate', close: 'Float' });",
    'const close: number | null | undefined = row?.close;',
    'row?.open;', //                                                                 14: not asked for
  ];
  const errors = await compile('types', { types: lines.join('\n') });
  const told = errors.map((line) => /^types\.ts\((\d+),\d+\): error TS\d+: (.*)$/.exec(line)?.slice(1));
  expect(told.filter((one) => one !== undefined)).toEqual([
    ['5', expect.stringContaining("'turnover' does not exist")],
    ['6', expect.stringContaining("'factor' is possibly 'null'")],
    ['7', expect.stringContaining("not assignable to type 'string'")],
    ['8', expect.stringContaining("'asof' does not exist")],
    ['10', expect.stringContaining('not assignable to parameter of type \'Operation<"query"')],
    ['11', expect.stringContaining('Expected 2-3 arguments')],
    ['14', expect.stringContaining("'open' does not exist")],
  ]);
});

describe('the examples of its README', () => {
  let server: ServedDemo;
  let stopWorker: () => Promise<void>;
  beforeAll(async () => {
    server = await openServedDemo();
    stopWorker = server.startWorker();
    const sources = examples.map(({ name, text }) => {
      const whole = text.includes(making)
        ? text
        : `import { createClient } from '@lundong/client';\n${making}\n${text}`;
      return [`example-${name}`, whole.replaceAll('http://127.0.0.1:4000', server.url)] as const;
    });
    expect(await compile('examples', Object.fromEntries(sources))).toEqual([]);
  });
  afterAll(async () => {
    await stopWorker?.();
    await server?.close();
  });

  const { blocks } = readMarkdown(README);
  const examples = blocks.flatMap(({ language, text }, index) =>
    language === 'ts' ? [{ name: /import .*?\{ (\w+)/.exec(text)?.[1], text, next: blocks[index + 1] }] : [],
  );
  const [first] = blocksOf(readMarkdown(README), 'ts') as [string];
  const [, making] = /^(const client = .*)$/m.exec(first) as unknown as [string, string];

  test.each(examples)('$name does as printed', async ({ name, next }) => {
    expect(next?.language).toBe('text');
    const { stdout } = await run(process.execPath, [`example-${name}.js`], {
      cwd: project,
      env: { PATH: process.env.PATH },
    });
    expect(stdout).toBe(next?.text);
  });
});
