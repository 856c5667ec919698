import { execFile } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { chmod, mkdtemp, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { promisify } from 'node:util';
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { readConfig, SETTING_DESCRIPTIONS } from '#lundong/config.js';
import { describeDatasets } from '#lundong/lake/datasets.js';
import { attribute, TraceReceiver } from '../support/trace-receiver.js';
import { lundong, type RunningServer, startServer } from './lundong-process.js';
import { anchorsOf, blocksOf, markdownFiles, ROOT, readMarkdown, repositoryLinks } from './markdown.js';

const readme = readMarkdown('README.md');
const files = markdownFiles();

/** The query that README asks of the reader's own files, not of the demo. */
const OWN_DATA_QUERY = /lookback: 3 /;

async function temporaryDirectory(): Promise<string> {
  const directory = await mkdtemp(join(inject('runDirectory'), 'docs-'));
  await chmod(directory, 0o755);
  return directory;
}

function parsed(json: string): unknown {
  return JSON.parse(json);
}

/** Each query of a file with the answer printed right after it, if one is. */
function queriesOf(path: string): { query: string; answer: string | null }[] {
  const { blocks } = readMarkdown(path);
  return blocks.flatMap((block, index) => {
    const next = blocks[index + 1];
    return block.language === 'graphql'
      ? [{ query: block.text, answer: next?.language === 'json' ? next.text : null }]
      : [];
  });
}

const named = <T extends { query: string }>(one: T) => ({ ...one, name: one.query.replace(/\s+/g, ' ').slice(0, 70) });

describe('what the documentation asks of the demo market', () => {
  let demo: RunningServer;
  let demoDirectory: string;
  beforeAll(async () => {
    demoDirectory = await temporaryDirectory();
    demo = await startServer(demoDirectory, 'demo');
  });
  afterAll(() => demo?.stop());

  const readmeQueries = queriesOf('README.md').filter(({ query }) => !OWN_DATA_QUERY.test(query));

  it('has queries in README, each with its answer', () => {
    expect(readmeQueries.length).toBeGreaterThanOrEqual(2);
    expect(queriesOf('README.md').filter(({ answer }) => answer === null)).toEqual([]);
  });

  it.each(readmeQueries.map(named))('answers as README prints: $name', async ({ query, answer }) => {
    const { data, errors } = await demo.query(query);
    expect(errors).toBeUndefined();
    expect({ data }).toEqual(parsed(answer as string));
  });

  // Those of docs/api.md are the files of schema/operations, which test/graphql executes with their variables.
  const otherQueries = files
    .filter(({ path }) => path !== 'README.md' && path !== 'docs/api.md')
    .flatMap(({ path }) => queriesOf(path).map((one) => ({ ...named(one), path })));

  it.each(otherQueries)('answers without errors: $path: $name', async ({ query, answer }) => {
    const { data, errors } = await demo.query(query);
    expect(errors).toBeUndefined();
    expect(data).toBeTruthy();
    if (answer !== null) expect({ data }).toEqual(parsed(answer));
  });

  it('answers the curl line with the first industry of the first answer', async () => {
    const [, body] = /curl .*? -d '(.+)'$/m.exec(readme.text) as unknown as [string, string];
    const { query } = parsed(body) as { query: string };
    const { data } = (await demo.query(query)) as { data: RankingAnswer };
    const first = (parsed(readmeQueries[0]?.answer as string) as { data: RankingAnswer }).data.factor.ranking;
    expect(data.factor.ranking.asOf).toBe(first.asOf);
    expect(data.factor.ranking.items[0]?.value).toBe(first.items[0]?.value);
    expect(first.items[0]).toMatchObject({ rank: 1, coverage: 1, industry: { nameZh: '纺织服装' } });
    expect((100 * (first.items[0]?.value as number)).toFixed(1)).toBe('98.1');
    expect((100 * (first.items[0]?.weekChange as number)).toFixed(2)).toBe('0.08');
  });

  describe('the chapter for BI tools', () => {
    const chapter = /^## BI tools$(.*?)^## /ms.exec(readme.text)?.[1] as string;
    const asked = { operation: 'diffusion-history', variables: { from: '2025-11-19', to: '2025-11-21' } };
    const download = async (url: string, query: [string, string][], header: [string, string]): Promise<string> => {
      const local = url.replace('http://127.0.0.1:4000', demo.url);
      const response = await fetch(`${local}?${new URLSearchParams(query)}`, { headers: [header] });
      expect(response.status).toBe(200);
      return response.text();
    };

    it('fetches the same table with curl and with Power Query', async () => {
      const [, address, header, value] = /^curl -s (\S+) -G -H '([\w-]+): (\w+)'/m.exec(chapter) as unknown as string[];
      const fields = [...chapter.matchAll(/--data-urlencode '(\w+)=(.*?)'/g)].map(([, name, text]) => [name, text]);
      const [block] = blocksOf(readme, 'powerquery') as [string];
      const [, source] = /Web\.Contents\("(.*?)"/.exec(block) as unknown as string[];
      const [, operation, variables] = /operation = "(.*?)", variables = "(.*)"\]/.exec(block) as unknown as string[];
      const [, name, text] = /Headers = \[#"(.*?)" = "(.*?)"\]/.exec(block) as unknown as string[];
      const query: [string, string][] = [
        ['operation', operation as string],
        ['variables', (variables as string).replaceAll('""', '"')],
      ];
      for (const one of [Object.fromEntries(fields), Object.fromEntries(query)])
        expect({ ...one, variables: parsed(one.variables) }).toEqual(asked);
      const byCurl = await download(address as string, fields as [string, string][], [
        header as string,
        value as string,
      ]);
      const [head, ...rows] = byCurl.trimEnd().split('\r\n');
      expect(head).toMatch(/^date,CI005001,.*,CI005030$/);
      expect(rows.map((row) => row.slice(0, 10))).toEqual(['2025-11-19', '2025-11-20', '2025-11-21']);
      expect(await download(source as string, query, [name as string, text as string])).toBe(byCurl);
    });

    it('opens the views, and its queries have answers', async () => {
      const [, args] = /^npm run -s lundong -- (bi \w+)$/m.exec(chapter) as unknown as [string, string];
      const url = (await lundong(demoDirectory, ...args.split(' '))).trim();
      expect(url).toMatch(/^postgres:\/\/lundong_bi:[0-9a-f]{48}@127\.0\.0\.1:\d+\/postgres$/);
      const client = new Client({ connectionString: url });
      await client.connect();
      try {
        const [best, series, ...others] = blocksOf(readme, 'sql');
        expect(others).toEqual([]);
        const shown = (best as string).replace(';', '');
        const { rows } = await client.query(
          `SELECT rank FROM (${shown}) AS shown WHERE date BETWEEN '2025-11-19' AND '2025-11-21'`,
        );
        expect(rows.map(({ rank }) => rank)).toEqual([1, 2, 3, 1, 2, 3, 1, 2, 3]);
        const ofRange = (series as string)
          .replace('$__timeFrom()', "'2025-11-19T00:00:00Z'")
          .replace('$__timeTo()', "'2025-11-21T23:59:59Z'");
        const found = (await client.query(ofRange)).rows;
        expect(found.length).toBe(90);
        expect(found[0]).toMatchObject({
          time: expect.any(Date),
          metric: expect.any(String),
          value: expect.any(Number),
        });
      } finally {
        await client.end();
      }
    });
  });

  it('prints the backtest that README shows', async () => {
    const [, args] = /^npm run -s lundong -- (backtest .*)$/m.exec(readme.text) as unknown as [string, string];
    const shown = blocksOf(readme, 'text').find((block) => block.startsWith('backtest: '));
    expect(await lundong(demoDirectory, ...args.split(' '))).toBe(shown);
  });

  it('writes the report that README shows how to write', async () => {
    const [, args] = /^npm run -s lundong -- (report .*)$/m.exec(readme.text) as unknown as [string, string];
    const told = await lundong(demoDirectory, ...args.split(' '));
    expect(told).toMatch(/^report: week to 2025-11-21, complete\n {2}file {2}.*report\.md\n$/);
    const written = readFileSync(join(demoDirectory, 'report.md'), 'utf8');
    expect(written).toBe(readFileSync(join(ROOT, 'test/golden/weekly-report.en.md'), 'utf8'));
  });

  it('offers the first query on the page', async () => {
    const page = await (await fetch(`${demo.url}/`)).text();
    const [, quoted] = /defaultQuery: (".*"),$/m.exec(page) as unknown as [string, string];
    const withoutRemarks = (query: string) => query.replace(/^#.*$/gm, '').replace(/\s+/g, ' ').trim();
    expect(withoutRemarks(parsed(quoted) as string)).toBe(withoutRemarks(readmeQueries[0]?.query as string));
  });
});

interface RankingAnswer {
  factor: { ranking: { asOf: string; items: { value: number; weekChange?: number }[] } };
}

describe('README’s import of one’s own data', () => {
  const commands = blocksOf(readme, 'sh')
    .flatMap((block) => block.trim().split('\n'))
    .filter((line) => /^npm run -s lundong -- (import|status|serve)/.test(line))
    .map((line) => (line.split(' -- ')[1] as string).split(' '));

  it('brings in the files as shown, and answers as printed', async () => {
    const directory = await temporaryDirectory();
    const csv = blocksOf(readme, 'csv');
    for (const [index, name] of ['stocks.csv', 'members.csv'].entries())
      await writeFile(join(directory, name), csv[index] as string);

    const [imports, status, serve] = ['import', 'status', 'serve'].map((name) =>
      commands.filter(([first]) => first === name),
    );
    expect([imports.length, status.length, serve.length]).toEqual([2, 1, 1]);
    const [firstReport] = blocksOf(readme, 'text');
    expect(await lundong(directory, ...imports[0])).toBe(firstReport);
    expect(await lundong(directory, ...imports[1])).toMatch(/new +3\n/);
    expect(await lundong(directory, 'audit')).toMatch(
      / cli:\S+ +import +stock_daily of source "example", files: 1 +ok$/m,
    );
    expect(await lundong(directory, 'status')).toMatch(/stock_daily +12 +3 +2025-11-17 +2025-11-20/);

    const server = await startServer(directory, 'serve');
    try {
      const own = queriesOf('README.md').find(({ query }) => OWN_DATA_QUERY.test(query));
      const { data, errors } = await server.query(own?.query as string);
      expect(errors).toBeUndefined();
      expect({ data }).toEqual(parsed(own?.answer as string));
      expect((data as RankingAnswer).factor.ranking.items[0]?.value).toBeCloseTo(79 / 106, 12);
    } finally {
      await server.stop();
    }
  });
});

it('makes and lists a key as README does', async () => {
  const directory = await temporaryDirectory();
  const commands = [...readme.text.matchAll(/^npm run -s lundong -- (keys .*)$/gm)].map(([, line]) => line as string);
  expect(commands).toHaveLength(3);
  const [made, list] = [await lundong(directory, ...(commands[0] as string).split(' ')), commands[1] as string];
  expect(made).toMatch(/^ldk_[0-9a-f]{12}_[\w-]{43}\n$/);
  const server = await startServer(directory, 'serve');
  try {
    expect(await server.query('{ factors { key } }')).toMatchObject({
      errors: [{ extensions: { code: 'UNAUTHENTICATED' } }],
    });
    const [, header] = /^(Authorization: Bearer )ldk_[0-9a-f]{12}_…$/m.exec(readme.text) as unknown as [string, string];
    const [name, value] = `${header}${made.trim()}`.split(': ') as [string, string];
    const response = await fetch(`${server.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', [name]: value },
      body: '{"query":"{ factors { key } }"}',
    });
    expect(await response.json()).toMatchObject({ data: { factors: [{ key: 'diffusion' }, { key: 'gru' }] } });
  } finally {
    await server.stop();
  }
  expect(await lundong(directory, ...list.split(' '))).toMatch(/ bi-team +read,compute +good /);
});

it('is watched as README shows', async () => {
  const directory = await temporaryDirectory();
  const lines = blocksOf(readme, 'sh').flatMap((block) => block.trim().split('\n'));
  const makeKey = async (name: string): Promise<string> => {
    const command = lines.find((line) => line.includes(` -- keys create ${name} `))?.split(' -- ')[1] as string;
    return (await lundong(directory, ...command.split(' '))).trim();
  };
  const [reader, prometheus] = [await makeKey('bi-team'), await makeKey('prometheus')];
  const settings = lines.flatMap((line) => /^([A-Z_]+)=(\S+) npm run -s lundong -- serve/.exec(line)?.slice(1) ?? []);
  expect(settings).toEqual(['SLOW_OPERATION_MS', '0', 'OTEL_EXPORTER_OTLP_ENDPOINT', 'http://127.0.0.1:4318']);
  const receiver = new TraceReceiver();
  const server = await startServer(directory, 'serve', {
    SLOW_OPERATION_MS: '0',
    OTEL_EXPORTER_OTLP_ENDPOINT: await receiver.listen(),
  });
  try {
    const response = await fetch(`${server.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${reader}`, 'x-request-id': 'from-readme' },
      body: '{"query":"{ factors { key } }"}',
    });
    expect(response.headers.get('x-request-id')).toBe('from-readme');
    const [curl] = lines.filter((line) => /^curl .*\/metrics/.test(line)) as [string];
    const asShown = curl.replace('http://127.0.0.1:4000', server.url).replace(/ldk_[0-9a-f]{12}_…/, prometheus);
    const { stdout } = await promisify(execFile)('bash', ['-c', asShown]);
    expect(stdout).toMatch(/^lundong_root_field_uses_total\{caller="bi-team",field="factors"\} 1$/m);
  } finally {
    await server.stop();
    await receiver.close();
  }
  const slow = server.lines.filter((line) => line.includes('slow operation')).map((line) => JSON.parse(line));
  expect(slow).toMatchObject([{ requestId: 'from-readme', rootFields: ['factors'] }]);
  expect(receiver.spans.map((span) => [span.name, attribute(span, 'lundong.request_id')])).toEqual(
    expect.arrayContaining([
      ['query', 'from-readme'],
      ['Query.factors', undefined],
    ]),
  );
});

describe('the commands in the documentation', () => {
  const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
    scripts: Record<string, string>;
  };
  const shell = files
    .flatMap((file) => blocksOf(file, 'sh'))
    .flatMap((block) => block.trim().split('\n'))
    .flatMap((line) => line.split(' && '));
  const inline = files.flatMap(({ text }) =>
    [...text.replace(/^```.*?^```$/gms, '').matchAll(/`((?:npm|npx|node|lundong) [^`]+)`/g)]
      .map(([, command]) => command as string)
      .filter((command) => !command.includes('<'))
      .flatMap((command) => command.split(' && ')),
  );
  const all = [...new Set([...shell, ...inline])];

  it('are npm scripts, lundong’s or known tools', () => {
    const unknown = all.filter((line) => {
      if (/^npm ci$/.test(line) || /^npm test$/.test(line)) return false;
      const script = /^npm run (?:-s )?([\w:]+)(?: -- |$)/.exec(line);
      if (script) return !((script[1] as string) in scripts);
      const packed = /^npm pack (\.\/\S+)$/.exec(line);
      if (packed) return !existsSync(join(ROOT, packed[1] as string, 'package.json'));
      const file = /^node (scripts\/\S+)$/.exec(line);
      if (file) return !existsSync(join(ROOT, file[1] as string));
      return !/^(export DATA_DIR=\S+|[A-Z_]+=\S+ npm run -s lundong |curl -s http|(POSTGRES_PASSWORD=\S+ )?docker compose (up|run) |npx vitest run |lundong )/.test(
        line,
      );
    });
    expect(unknown).toEqual([]);
  });

  it('use subcommands and options that there are', async () => {
    const directory = await temporaryDirectory();
    const used = all.flatMap((line) => {
      const told =
        /(?:lundong --|lundong|--rm .* app) (import|status|serve|worker|demo|backtest|report|features export|keys \w+|bi \w+|audit|schema)\b(.*)$/.exec(
          line,
        );
      return told ? [{ command: told[1] as string, options: (told[2] as string).match(/--[\w-]+/g) ?? [] }] : [];
    });
    expect(used.length).toBeGreaterThan(4);
    const help = new Map<string, string>();
    for (const command of new Set(used.map((one) => one.command)))
      help.set(command, await lundong(directory, ...command.split(' '), '--help'));
    const missing = used.flatMap(({ command, options }) =>
      options.filter((option) => !new RegExp(`${option}\\b`).test(help.get(command) as string)),
    );
    expect(missing).toEqual([]);
    for (const option of readme.text.match(/(?<=`)--(?!rm)[a-z-]+/g) ?? [])
      expect(help.get('import')).toContain(option);
    const listed = [...(await lundong(directory, '--help')).matchAll(/^ {2}(\w+)(?: \[options\])?/gm)].map(
      ([, name]) => name,
    );
    expect(listed).toEqual(expect.arrayContaining([...help.keys()].map((command) => command.split(' ')[0])));
  });
});

describe('the facts in the documentation', () => {
  it('has every setting with its default in README', () => {
    const rows = [...readme.text.matchAll(/^\| `([A-Z_]+)` *\| (.*?) *\| (.*?) *\|$/gm)].map(
      ([, name, fallback, meaning]) => ({
        name,
        fallback,
        meaning,
      }),
    );
    expect(rows.map(({ name, meaning }) => ({ name, description: meaning }))).toEqual(SETTING_DESCRIPTIONS);
    const fallback = Object.fromEntries(rows.map((row) => [row.name, (row.fallback as string).replaceAll('`', '')]));
    const config = readConfig({});
    expect(fallback.PORT).toBe(String(config.port));
    expect(fallback.HOST).toBe(config.host);
    expect(fallback.LOG_LEVEL).toBe(config.logLevel);
    expect(config.databaseUrl).toBeNull();
    expect(fallback.DATABASE_URL).toBe('');
    expect(readConfig({ DATA_DIR: fallback.DATA_DIR }).directories).toEqual(config.directories);
  });

  it('has the data sets as the importer knows them', () => {
    expect(blocksOf(readMarkdown('docs/datasets.md'), 'text')).toEqual([`${describeDatasets()}\n`]);
  });

  it('has only links that lead somewhere', () => {
    const broken = files.flatMap((file) =>
      repositoryLinks(file)
        .filter(({ target, anchor }) => {
          const path = join(ROOT, target);
          if (!existsSync(path)) return true;
          return anchor !== '' && !anchorsOf(readFileSync(path, 'utf8')).includes(anchor);
        })
        .map(({ target, anchor }) => `${file.path}: ${target}#${anchor}`),
    );
    expect(broken).toEqual([]);
  });

  it('lists every decision', () => {
    const index = readMarkdown('docs/adr/README.md');
    const linked = repositoryLinks(index).map(({ target }) => target);
    const pages = files.map(({ path }) => path).filter((path) => /^docs\/adr\/\d{4}-/.test(path));
    expect(linked.sort()).toEqual(pages.sort());
  });

  it('draws the layers in their order, and arrows that point downwards', () => {
    const script = readFileSync(join(ROOT, 'scripts/check-import-direction.mjs'), 'utf8');
    const [, list] = /^const LAYERS = \[(.*?)\];$/ms.exec(script) as unknown as [string, string];
    const layers = [...list.matchAll(/'(\w+)'/g)].map(([, name]) => name as string);
    const [picture] = blocksOf(readme, 'mermaid') as [string];
    const drawn = [...picture.matchAll(/^ {2}(\w+)\["(\w+): .*"\]:::layer$/gm)];
    expect(drawn.map(([, , label]) => label)).toEqual(layers);
    expect(drawn.map(([, id]) => id)).toEqual(layers);
    const arrows = [...picture.matchAll(/^ {2}(\w+) --> (\w+)$/gm)].map(([, from, to]) =>
      [from, to].map((one) => layers.indexOf(one as string)),
    );
    expect(arrows.length).toBeGreaterThan(0);
    for (const [from, to] of arrows) expect(to).toBeGreaterThan(from as number);
    for (const [, from, to] of picture.matchAll(/^ {2}(\w+) --> (\w+)$/gm))
      expect(layersImported(from as string)).toContain(to);
  });
});

/** The layers that files of a layer import, as the code says. */
function layersImported(layer: string): string[] {
  const folder = join(ROOT, 'src', layer);
  const sources = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts'));
  return sources.flatMap((name) =>
    [...readFileSync(join(folder, name), 'utf8').matchAll(/from '(\.[^']+)'/g)].map(
      ([, target]) => relative(join(ROOT, 'src'), join(folder, name, '..', target as string)).split('/')[0] as string,
    ),
  );
}
