import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Client } from 'pg';
import { inject } from 'vitest';
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
  const database = await createDatabase(`test_${randomUUID().replaceAll('-', '')}`);
  const own = await mkdtemp(join(inject('runDirectory'), 'workspace-'));
  const directory = join(own, name);
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

/** An empty database in the run's cluster. */
export async function createDatabase(name: string): Promise<{ url: string; drop: () => Promise<void> }> {
  const { url } = await openCluster(inject('runDirectory'));
  await administer(url, `CREATE DATABASE ${name}`);
  const own = new URL(url);
  own.pathname = `/${name}`;
  return { url: own.href, drop: () => administer(url, `DROP DATABASE ${name} WITH (FORCE)`) };
}

async function administer(url: string, statement: string): Promise<void> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}
