import type { DuckDBConnection } from '@duckdb/node-api';
import type { EntityManager } from 'typeorm';
import type { EtfRules } from '../../domain/etf-rules.js';
import * as listings from '../../store/listing.repository.js';
import { readEtfs } from './etfs-import.js';
import type { BadRow } from './import-report.js';
import { readStocks } from './stocks-import.js';
import type { TabularFile } from './tabular-file.js';

export type ListingsName = 'etfs' | 'stocks';

/** A list of funds or stocks, read and compared with what is known. */
interface ReadListings {
  readonly rowsRead: number;
  readonly added: number;
  readonly changed: number;
  readonly unchanged: number;
  readonly bad: readonly BadRow[];
  readonly remarks: readonly string[];
  /** Stores what is new or changed. */
  readonly save: (manager: EntityManager) => Promise<void>;
}

export async function readListings(
  connection: DuckDBConnection,
  manager: EntityManager,
  dataset: ListingsName,
  files: readonly TabularFile[],
  rules: EtfRules,
): Promise<ReadListings> {
  if (dataset === 'etfs') {
    const known = byCode(await listings.loadEtfs(manager));
    const { records, ...read } = await readEtfs(connection, files, known, rules);
    return { ...read, ...compared(known, records, listings.saveEtfs) };
  }
  const known = byCode(await listings.loadStocks(manager));
  const { records, ...read } = await readStocks(connection, files, known);
  return { ...read, ...compared(known, records, listings.saveStocks) };
}

function byCode<T extends { readonly code: string }>(records: readonly T[]): ReadonlyMap<string, T> {
  return new Map(records.map((record) => [record.code, record]));
}

/** Records are equal whose JSON is; those of the database and those read have their fields in the same order. */
function compared<T extends { readonly code: string }>(
  known: ReadonlyMap<string, T>,
  records: readonly T[],
  save: (manager: EntityManager, records: readonly T[]) => Promise<void>,
): Pick<ReadListings, 'added' | 'changed' | 'unchanged' | 'save'> {
  const added = records.filter(({ code }) => !known.has(code));
  const changed = records.filter((record) => {
    const before = known.get(record.code);
    return before !== undefined && JSON.stringify(before) !== JSON.stringify(record);
  });
  return {
    added: added.length,
    changed: changed.length,
    unchanged: records.length - added.length - changed.length,
    save: (manager) => save(manager, [...added, ...changed]),
  };
}
