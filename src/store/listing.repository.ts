import type { EntityManager } from 'typeorm';
import type { EtfRecord } from '../domain/etf.js';
import type { Stock } from '../domain/stock.js';

/** Who the funds and stocks are: their lists in PostgreSQL. */

/** A stock as it is stored: its board is told by its code. */
export type StockRecord = Omit<Stock, 'board'>;

/** By code. As one JSON text, since an object of the driver for each row would hold the event loop. */
export async function loadEtfs(manager: EntityManager): Promise<EtfRecord[]> {
  const [{ etfs }] = await manager.query(`
    SELECT coalesce(json_agg(row ORDER BY code)::text, '[]') AS etfs FROM (
      SELECT code, name, manager, index_code AS "indexCode", index_name AS "indexName", list_date AS "listDate",
        delist_date AS "delistDate", category, themes
      FROM etf
    ) row`);
  return JSON.parse(etfs);
}

export async function saveEtfs(manager: EntityManager, etfs: readonly EtfRecord[]): Promise<void> {
  await manager.query(
    `INSERT INTO etf (code, name, manager, index_code, index_name, list_date, delist_date, category, themes)
     SELECT code, name, manager, "indexCode", "indexName", "listDate", "delistDate", category, themes
     FROM jsonb_to_recordset($1) AS etf (code text, name text, manager text, "indexCode" text, "indexName" text,
       "listDate" date, "delistDate" date, category text, themes text[])
     ON CONFLICT (code) DO UPDATE SET name = excluded.name, manager = excluded.manager,
       index_code = excluded.index_code, index_name = excluded.index_name, list_date = excluded.list_date,
       delist_date = excluded.delist_date, category = excluded.category, themes = excluded.themes`,
    [JSON.stringify(etfs)],
  );
}

/** By code; as one JSON text, too. */
export async function loadStocks(manager: EntityManager): Promise<StockRecord[]> {
  const [{ stocks }] = await manager.query(`
    SELECT coalesce(json_agg(row ORDER BY code)::text, '[]') AS stocks FROM (
      SELECT code, name, list_date AS "listDate", coalesce(warnings, '[]') AS "riskWarnings"
      FROM stock LEFT JOIN (
        SELECT stock_code, json_agg(json_build_object('from', from_date, 'until', until_date) ORDER BY from_date) AS warnings
        FROM risk_warning GROUP BY stock_code
      ) warning ON stock_code = code
    ) row`);
  return JSON.parse(stocks);
}

/** The stocks' stays under a risk warning become the given ones. */
export async function saveStocks(manager: EntityManager, stocks: readonly StockRecord[]): Promise<void> {
  await manager.query(
    `INSERT INTO stock (code, name, list_date)
     SELECT code, name, "listDate" FROM jsonb_to_recordset($1) AS stock (code text, name text, "listDate" date)
     ON CONFLICT (code) DO UPDATE SET name = excluded.name, list_date = excluded.list_date`,
    [JSON.stringify(stocks.map(({ code, name, listDate }) => ({ code, name, listDate })))],
  );
  await manager.query('DELETE FROM risk_warning WHERE stock_code = ANY($1::text[])', [stocks.map(({ code }) => code)]);
  const stays = stocks.flatMap(({ code, riskWarnings }) => riskWarnings.map((stay) => ({ code, ...stay })));
  await manager.query(
    'INSERT INTO risk_warning (stock_code, from_date, until_date) SELECT * FROM unnest($1::text[], $2::date[], $3::date[])',
    [stays.map(({ code }) => code), stays.map(({ from }) => from), stays.map(({ until }) => until)],
  );
}
