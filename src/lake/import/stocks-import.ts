import type { DuckDBConnection } from '@duckdb/node-api';
import { normaliseStockCode } from '../../domain/codes.js';
import { type NameStay, riskWarningsOf } from '../../domain/stock.js';
import type { StockRecord } from '../../store/listing.repository.js';
import type { BadRow } from './import-report.js';
import { type FileRecord, faultOfText, readRecords, requireColumns } from './records.js';
import { isNothing, readDate, type TabularFile } from './tabular-file.js';

const CODE_COLUMNS = ['code', 'ts_code', 'stock'];
const NO_DATE = 'is no date; write it as YYYY-MM-DD or YYYYMMDD';
const CONTRADICTS = 'contradicts another row of the same stock';

type Listing = Pick<StockRecord, 'name' | 'listDate'>;

/**
 * The stocks that the files name: from a list, and from a history of names, which says when a stock stood under a risk
 * warning. A history replaces all that was known of the stays of the stocks in it; a list leaves stays as they are.
 */
export async function readStocks(
  connection: DuckDBConnection,
  files: readonly TabularFile[],
  known: ReadonlyMap<string, StockRecord>,
): Promise<{ rowsRead: number; records: StockRecord[]; bad: BadRow[]; remarks: string[] }> {
  const listed = new Map<string, Listing>();
  const named = new Map<string, NameStay[]>();
  const bad: BadRow[] = [];
  let rowsRead = 0;
  for (const file of files) {
    requireColumns(file, CODE_COLUMNS, ['name']);
    const isHistory = file.header.some((name) => name.toLowerCase() === 'start_date');
    for (const row of await readRecords(connection, file)) {
      rowsRead++;
      const text = row.get(...CODE_COLUMNS);
      const code = normaliseStockCode(text);
      const name = row.get('name');
      const fault = isNothing(name) ? 'is empty' : faultOfText(name);
      const torn = row.codesTorn(...CODE_COLUMNS);
      if (torn !== null) bad.push(torn);
      else if (code === null)
        bad.push(row.bad('code', text, 'is no stock code; write it like 600519.SH, or six digits'));
      else if (fault !== null) bad.push(row.bad('name', name, fault));
      else if (isHistory) {
        const stays = named.get(code) ?? [];
        const stay = readStay(row, name, stays);
        if ('reason' in stay) bad.push(stay);
        else named.set(code, [...stays, stay]);
      } else {
        const listing = readListing(row, name, listed.get(code));
        if ('reason' in listing) bad.push(listing);
        else listed.set(code, listing);
      }
    }
  }
  const records = [...new Set([...listed.keys(), ...named.keys()])].map((code): StockRecord => {
    const before = known.get(code);
    const names = named.get(code);
    return {
      code,
      name: listed.get(code)?.name ?? before?.name ?? newestName(names as NameStay[]),
      listDate: listed.get(code)?.listDate ?? before?.listDate ?? null,
      riskWarnings: names === undefined ? (before?.riskWarnings ?? []) : riskWarningsOf(names),
    };
  });
  return { rowsRead, records, bad, remarks: [] };
}

/** @param before what another row says of the stock: the two must agree */
function readListing(row: FileRecord, name: string, before: Listing | undefined): Listing | BadRow {
  const text = row.get('list_date');
  const listDate = readDate(text);
  if (listDate === null && !isNothing(text)) return row.bad('list_date', text, NO_DATE);
  if (before !== undefined && before.name !== name) return row.bad('name', name, CONTRADICTS);
  const known = before?.listDate ?? null;
  if (known !== null && listDate !== null && known !== listDate) return row.bad('list_date', text, CONTRADICTS);
  return { name, listDate: listDate ?? known };
}

/** @param before what other rows say of the stock: it has one name at a time */
function readStay(row: FileRecord, name: string, before: readonly NameStay[]): NameStay | BadRow {
  const [start, end] = [row.get('start_date'), row.get('end_date')];
  const from = readDate(start);
  const to = readDate(end);
  if (from === null) return row.bad('start_date', start, NO_DATE);
  if (to === null && !isNothing(end)) return row.bad('end_date', end, NO_DATE);
  if (to !== null && to < from) return row.bad('end_date', end, `lies before start_date ${from}`);
  if (before.some((stay) => stay.from === from && stay.name !== name))
    return row.bad('name', name, `${CONTRADICTS} from the same date`);
  return { name, from, to };
}

function newestName(names: readonly NameStay[]): string {
  return names.reduce((newest, stay) => (stay.from >= newest.from ? stay : newest)).name;
}
