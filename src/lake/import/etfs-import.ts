import type { DuckDBConnection } from '@duckdb/node-api';
import { isEtfCode, normaliseFundCode } from '../../domain/codes.js';
import type { EtfRecord } from '../../domain/etf.js';
import { unknownEtfs } from '../../domain/etf-category.js';
import type { EtfRules } from '../../domain/etf-rules.js';
import type { BadRow } from './import-report.js';
import { type FileRecord, readRecords, requireColumns } from './records.js';
import { isNothing, readDate, type TabularFile } from './tabular-file.js';

const CODE_COLUMNS = ['code', 'ts_code', 'symbol'];
const NAME_COLUMNS = ['name', 'extname', 'csname', 'etf_name'];
const DATE_COLUMNS = ['date', 'trade_date'];
/** Of funds that are not traded: Tushare's lists have them beside the others. */
const UNLISTED = /^\d{6}\.OF$/i;

const UNKNOWN_NAMED = 20;

/**
 * The funds that the files name. What a file does not tell of a fund stays as it is known. Where a fund comes more than
 * once, the row of the latest date counts, among equals the last.
 */
export async function readEtfs(
  connection: DuckDBConnection,
  files: readonly TabularFile[],
  known: ReadonlyMap<string, EtfRecord>,
  rules: EtfRules,
): Promise<{ rowsRead: number; records: EtfRecord[]; bad: BadRow[]; remarks: string[] }> {
  const found = new Map<string, { date: string; record: EtfRecord }>();
  const bad: BadRow[] = [];
  let rowsRead = 0;
  let others = 0;
  for (const file of files) {
    requireColumns(file, CODE_COLUMNS, NAME_COLUMNS);
    for (const row of await readRecords(connection, file)) {
      rowsRead++;
      const text = row.get(...CODE_COLUMNS);
      const code = normaliseFundCode(text);
      const isOther = code === null ? UNLISTED.test(text) : !isEtfCode(code);
      const fault = isOther ? null : faultOf(row, text, code, rules);
      if (isOther) others++;
      else if (fault !== null) bad.push(fault);
      else {
        const date = readDate(row.get(...DATE_COLUMNS)) ?? '';
        const before = found.get(code as string);
        if (before !== undefined && before.date > date) continue;
        found.set(code as string, {
          date,
          record: toRecord(row, code as string, before?.record ?? known.get(code as string)),
        });
      }
    }
  }
  const remarks = others > 0 ? [`${others} rows of funds that are no listed ETFs: left out`] : [];
  const records = [...found.values()].map(({ record }) => record);
  const unknown = unknownEtfs(
    rules,
    records.filter(({ category }) => category === null),
  );
  if (unknown.length > 0) remarks.push(describeUnknown(unknown));
  return { rowsRead, records, bad, remarks };
}

/** Names what no rule knows, so that whoever keeps the rules can add a word: a category is never guessed. */
function describeUnknown(unknown: readonly EtfRecord[]): string {
  const named = unknown.slice(0, UNKNOWN_NAMED).map(({ code, name }) => `${code} ${name}`);
  const more = unknown.length > named.length ? `, and ${unknown.length - named.length} more` : '';
  return `${unknown.length} funds have names that no ETF rule knows, and no category: ${named.join(', ')}${more}`;
}

/** What is wrong with a row; null where nothing is. */
function faultOf(row: FileRecord, text: string, code: string | null, rules: EtfRules): BadRow | null {
  if (code === null) return row.bad('code', text, 'is no code of an ETF; write it like 510300.SH, or six digits');
  if (isNothing(row.get(...NAME_COLUMNS))) return row.bad('name', row.get(...NAME_COLUMNS), 'is empty');
  const listDate = row.get('list_date');
  if (!isNothing(listDate) && readDate(listDate) === null)
    return row.bad('list_date', listDate, 'is no date; write it as YYYY-MM-DD or YYYYMMDD');
  const category = row.get('category');
  if (!isNothing(category) && !rules.categories.includes(category))
    return row.bad('category', category, `is none of ${rules.categories.join(', ')}`);
  const theme = themesOf(row)?.find((key) => !rules.themes.some((one) => one.key === key));
  return theme === undefined ? null : row.bad('themes', theme, 'is no key of a theme in the rules file');
}

function toRecord(row: FileRecord, code: string, known: EtfRecord | undefined): EtfRecord {
  const text = (...names: string[]): string | null => {
    const cell = row.get(...names);
    return isNothing(cell) ? null : cell;
  };
  return {
    code,
    name: text(...NAME_COLUMNS) as string,
    manager: text('manager', 'mgr_name', 'management') ?? known?.manager ?? null,
    indexCode: text('index_code') ?? known?.indexCode ?? null,
    indexName: text('index_name', 'benchmark') ?? known?.indexName ?? null,
    listDate: readDate(row.get('list_date')) ?? known?.listDate ?? null,
    category: text('category') ?? known?.category ?? null,
    themes: themesOf(row) ?? known?.themes ?? null,
  };
}

/** null where the row tells none. */
function themesOf(row: FileRecord): string[] | null {
  const cell = row.get('themes');
  return isNothing(cell) ? null : cell.split('|').map((key) => key.trim());
}
