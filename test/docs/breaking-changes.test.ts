import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { buildSchema } from 'graphql';
import { describe, expect, inject, test, vi } from 'vitest';
import { ROOT } from './markdown.js';

vi.mock('graphql', async () => (await import('../support/one-graphql.js')).default);

const run = promisify(execFile);
const DAYS = (count: number): Date => new Date(Date.now() - count * 24 * 3600 * 1000);

const BEFORE = `
type Query { fund(code: String!, size: Int = 10): Fund @deprecated(reason: "Use funds.") rank(by: Order = UP): Float! }
type Fund { name: String! }
enum Order { UP DOWN }
input Filter { least: Int = 5 }
type Mutation { keep(filter: Filter): Boolean }
`;

/** A repository of its own, in which releases can be made and the check be run. */
async function repository() {
  const folder = await mkdtemp(join(inject('runDirectory'), 'schema-'));
  await mkdir(join(folder, 'schema'));
  const git = (args: string[], date = new Date()): Promise<unknown> => {
    const who = { GIT_AUTHOR_NAME: 'a', GIT_AUTHOR_EMAIL: 'a@b', GIT_COMMITTER_NAME: 'a', GIT_COMMITTER_EMAIL: 'a@b' };
    const at = date.toISOString();
    return run('git', args, {
      cwd: folder,
      env: { PATH: process.env.PATH, HOME: folder, ...who, GIT_AUTHOR_DATE: at, GIT_COMMITTER_DATE: at },
    });
  };
  const write = async (schema: string, changes = ''): Promise<void> => {
    await writeFile(join(folder, 'schema/schema.graphql'), schema);
    await writeFile(join(folder, 'schema/CHANGES.md'), `# Changes\n\n## Unreleased\n${changes}\n## 0.1.0\n`);
  };
  await git(['init', '-q']);
  return {
    folder,
    git,
    write,
    release: async (tag: string, schema: string, date: Date): Promise<void> => {
      await write(schema);
      await git(['add', '-A'], date);
      await git(['commit', '-q', '--allow-empty', '-m', tag], date);
      await git(['tag', tag], date);
    },
    check: (where = folder): Promise<{ code: number; stdout: string; stderr: string }> =>
      run(process.execPath, [join(ROOT, 'scripts/check-breaking-changes.mjs')], { cwd: where }).then(
        (told) => ({ code: 0, ...told }),
        (error) => error,
      ),
  };
}

describe('the check for breaking changes', () => {
  test('passes what only adds, and says what may surprise', async () => {
    const { write, release, check } = await repository();
    await release('v0.1.0', BEFORE, DAYS(10));
    await write(BEFORE.replace('name: String!', 'name: String! code: String!').replace('UP DOWN', 'UP DOWN RANDOM'));
    expect(await check()).toEqual({
      code: 0,
      stdout:
        'schema: may surprise clients: RANDOM was added to enum type Order.\nschema: nothing breaks clients of v0.1.0\n',
      stderr: '',
    });
  });

  test('refuses what breaks, by name, unless it is listed with its reason', async () => {
    const { write, release, check } = await repository();
    await release('v0.1.0', BEFORE, DAYS(400));
    const broken = BEFORE.replace('{ name: String! }', '{ title: String! }')
      .replace('by: Order = UP', 'by: Order = DOWN')
      .replace('least: Int = 5', 'least: Int = 6');
    await write(broken, '### Breaking\n\n- `Fund.name`\n- `Filter.least`:\n');
    const refused = await check();
    expect(refused).toMatchObject({ code: 1, stdout: '' });
    expect(refused.stderr.split('\n').slice(0, 5)).toEqual([
      'schema: this breaks clients of v0.1.0:',
      '  Fund.name: Fund.name was removed.',
      '  Query.rank(by:): Query.rank arg by has changed defaultValue from UP to DOWN.',
      '  Filter.least: Filter.least has changed defaultValue from 5 to 6.',
      expect.stringContaining('Deprecate first, for 180 days'),
    ]);
    const reasons =
      '### Breaking\n\n- `Fund.name`, `Query.rank(by:)`: it was wrong\n  in every answer\n- `Filter.least`: so was this\n';
    await write(broken, reasons);
    const allowed = await check();
    expect(allowed).toMatchObject({ code: 0, stderr: '' });
    expect(allowed.stdout).toContain('Fund.name was removed. Allowed: listed in schema/CHANGES.md.\n');
    await write(broken, `${reasons.replace('Breaking', 'Added')}\n## 0.0.9\n\n${reasons}`);
    expect((await check()).code).toBe(1);
  });

  test('lets go what releases had deprecated for long enough, and the types that nothing is of any more', async () => {
    const without = BEFORE.replace(/fund\(.*?\) ?: Fund @deprecated\(.*?\)/, '').replace(/^type Fund .*$/m, '');
    expect(() => buildSchema(without)).not.toThrow();
    const plain = BEFORE.replace(/@deprecated\(.*?\)/, '');
    const { write, release, check } = await repository();
    await release('v0.1.0', plain, DAYS(700));
    await release('v0.2.0', BEFORE, DAYS(179));
    await write(without);
    const early = await check();
    expect(early.code).toBe(1);
    expect(early.stderr).toContain(
      'Query.fund: Query.fund was removed. It is deprecated since v0.2.0, 179 days ago.\n',
    );
    expect(early.stderr).toContain('  Fund: Fund was removed.\n');

    const late = await repository();
    await late.release('v0.1.0', BEFORE, DAYS(700));
    await late.release('v0.2.0', plain, DAYS(600)); // taken back: the time begins anew
    await late.release('v0.10.0', BEFORE, DAYS(181));
    await late.release('v0.11.0', BEFORE, DAYS(20));
    await late.write(without);
    const passed = await late.check();
    expect(passed).toMatchObject({ code: 0, stderr: '' });
    expect(passed.stdout).toContain('Query.fund was removed. Allowed: deprecated since v0.10.0, 181 days ago.\n');
    expect(passed.stdout).toContain('Fund was removed. Allowed: nothing is of it.\n');
  });

  test('says so where there is nothing to compare with', async () => {
    const { folder, git, write, check } = await repository();
    await write(BEFORE);
    expect(await check()).toMatchObject({ code: 0, stdout: expect.stringContaining('no release has been tagged yet') });
    await git(['add', '-A']);
    for (const message of ['one', 'two']) await git(['commit', '-q', '--allow-empty', '-m', message]);
    await git(['tag', 'v0.1.0', 'HEAD~1']);
    const clone = `${folder}-clone`;
    await git(['clone', '-q', '--depth', '1', `file://${folder}`, clone]);
    expect(await check(clone)).toMatchObject({ code: 0, stdout: expect.stringContaining('this clone is shallow') });
  });
});

describe('every kind of change is told by the coordinate of its element', () => {
  const schema = (types: string): string => `${types} type Query { a(i: I, x: Int): T u: U e: E j(k: Int): Int }`;
  const TYPES = 'type T implements N { id: ID f: Int! } type V { f: Int } interface N { id: ID } union U = T | V';
  const INPUTS = 'enum E { ONE TWO } input I { a: Int b: [Int] }';
  const whole = schema(`${TYPES} ${INPUTS}`);

  const cases: readonly (readonly [coordinate: string, from: string, to: string])[] = [
    ['T', 'type T implements N { id: ID f: Int! }', 'enum T { X }'],
    ['U.V', '= T | V', '= T'],
    ['E.TWO', 'ONE TWO', 'ONE'],
    ['I.c', 'b: [Int] }', 'b: [Int] c: Int! }'],
    ['I.b', 'b: [Int] }', '}'],
    ['I.a', 'a: Int b', 'a: String b'],
    ['T', 'implements N ', ''],
    ['T.f', 'f: Int! }', '}'],
    ['T.f', 'f: Int! }', 'f: Int }'],
    ['Query.a(z:)', 'x: Int)', 'x: Int z: Int!)'],
    ['Query.a(x:)', ', x: Int)', ')'],
    ['Query.j(k:)', 'k: Int', 'k: String'],
  ];
  test.each(cases)('%s: %s', async (coordinate, from, to) => {
    const { schemaChanges } = await import(join(ROOT, 'scripts/schema-changes.mjs'));
    expect(whole).toContain(from);
    const after = whole
      .replace(from, to)
      .replace(/union U = .*? (?=enum)/, (union) => (to.startsWith('enum') ? 'union U = V ' : union));
    const { breaking } = schemaChanges(buildSchema(whole), buildSchema(after));
    expect(breaking.map((change: { coordinate: string }) => change.coordinate)).toContain(coordinate);
  });
});
