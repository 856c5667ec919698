import { randomUUID } from 'node:crypto';
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Client } from 'pg';
import { inject } from 'vitest';
import { loadDemoMarket } from '#lundong/cli/demo-market/load-demo-market.js';
import { readConfig } from '#lundong/config.js';
import { Workspace } from '#lundong/workspace.js';
import { openCluster } from './cluster.js';

/**
 * Real PostgreSQL for tests. One cluster serves the whole run and is started by the first test that needs it; every
 * call of `openTestWorkspace` gets an empty database and an empty DATA_DIR of its own:
 *
 *     let opened: TestWorkspace;
 *     beforeAll(async () => { opened = await openTestWorkspace(); });
 *     afterAll(() => opened.close());
 *     … opened.workspace.importer(), opened.workspace.markets() …
 */
export interface TestWorkspace {
  readonly workspace: Workspace;
  /** DATA_DIR of the workspace; write files to import into it, they go when it closes. */
  readonly directory: string;
  /** What a child process needs in its environment to work on the same data. */
  readonly environment: { readonly DATA_DIR: string; readonly DATABASE_URL: string; readonly LOG_LEVEL: 'silent' };
  /** Closes the workspace and deletes folder and database. */
  close(): Promise<void>;
}

/** @param name what the folder DATA_DIR is called */
export async function openTestWorkspace(name = 'data'): Promise<TestWorkspace> {
  return openWorkspace(name, null);
}

/**
 * A workspace with the demo market in it. Loading that takes many times as long as copying it, so the first call of the
 * run loads it into a template.
 */
export async function openDemoWorkspace(): Promise<TestWorkspace> {
  const { url } = await openCluster(inject('runDirectory'));
  await administer(url, async (client) => {
    await client.query('SELECT pg_advisory_lock(1)'); // until the connection ends; other workers wait here
    const { rowCount } = await client.query('SELECT FROM pg_database WHERE datname = $1', [DEMO.database]);
    if (rowCount === 0) await loadTemplate(client);
  });
  return openWorkspace('data', DEMO);
}

interface Template {
  readonly database: string;
  /** Its DATA_DIR, in the folder of the run. */
  readonly folder: string;
}

const DEMO: Template = { database: 'demo_market', folder: 'demo-market' };

/** The template stands under its name once it is whole, and nobody is connected to it. */
async function loadTemplate(client: Client): Promise<void> {
  const { database, folder } = DEMO;
  const { url } = await createDatabase(`${database}_loading`);
  const directory = join(inject('runDirectory'), folder);
  const environment = { DATA_DIR: directory, DATABASE_URL: url, LOG_LEVEL: 'silent' };
  const workspace = await Workspace.open(readConfig(environment));
  await loadDemoMarket(workspace, () => undefined).finally(() => workspace.close());
  await client.query(`ALTER DATABASE ${database}_loading RENAME TO ${database}`);
}

async function openWorkspace(name: string, template: Template | null): Promise<TestWorkspace> {
  const database = await createDatabase(`test_${randomUUID().replaceAll('-', '')}`, template?.database);
  const own = await mkdtemp(join(inject('runDirectory'), 'workspace-'));
  const directory = join(own, name);
  if (template !== null) await cp(join(inject('runDirectory'), template.folder), directory, { recursive: true });
  const environment = { DATA_DIR: directory, DATABASE_URL: database.url, LOG_LEVEL: 'silent' } as const;
  const workspace = await Workspace.open(readConfig(environment));
  return {
    workspace,
    directory,
    environment,
    close: async () => {
      await workspace.close();
      await database.drop();
      await rm(own, { recursive: true, force: true });
    },
  };
}

/** A database in the run's cluster: empty, or the copy of another. */
export async function createDatabase(
  name: string,
  template = 'template1',
): Promise<{ url: string; drop: () => Promise<void> }> {
  const { url } = await openCluster(inject('runDirectory'));
  await administer(url, (client) => client.query(`CREATE DATABASE ${name} TEMPLATE ${template}`));
  const own = new URL(url);
  own.pathname = `/${name}`;
  return {
    url: own.href,
    drop: () => administer(url, (client) => client.query(`DROP DATABASE ${name} WITH (FORCE)`)),
  };
}

async function administer(url: string, work: (client: Client) => Promise<unknown>): Promise<void> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    await work(client);
  } finally {
    await client.end();
  }
}
