import type { EntityManager } from 'typeorm';

/** Definitions of portfolios that users created, as JSON by key. */
export async function listPortfolios(manager: EntityManager): Promise<unknown[]> {
  const rows: { definition: unknown }[] = await manager.query('SELECT definition FROM portfolio ORDER BY key');
  return rows.map((row) => row.definition);
}

export async function findPortfolio(manager: EntityManager, key: string): Promise<unknown> {
  const [row] = await manager.query('SELECT definition FROM portfolio WHERE key = $1', [key]);
  return row?.definition ?? null;
}

/** @returns the definition that now stands under the key: the given one, or the one that was faster */
export async function insertPortfolio(manager: EntityManager, key: string, definition: object): Promise<unknown> {
  await manager.query('INSERT INTO portfolio (key, definition) VALUES ($1, $2) ON CONFLICT (key) DO NOTHING', [
    key,
    JSON.stringify(definition),
  ]);
  return findPortfolio(manager, key);
}
