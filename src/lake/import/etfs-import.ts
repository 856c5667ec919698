import type { DuckDBConnection } from '@duckdb/node-api';
import { isEtfCode, normaliseFundCode } from '../../domain/codes.js';
import type { EtfRecord } from '../../domain/etf.js';
import { unknownEtfs } from '../../domain/etf-category.js';
import type { EtfRules } from '../../domain/etf-rules.js';
import type { BadRow } from './import-report.js';
import { type FileRecord, faultOfText, readRecords, requireColumns } from './records.js';
import { isNothing, readDate, type TabularFile } from './tabular-file.js';

/** What files call each field; the first name is the one that faults are told under. */
const COLUMNS = {
  code: ['code', 'ts_code', 'symbol'],
  name: ['name', 'extname', 'csname', 'etf_name'],
  manager: ['manager', 'mgr_name', 'management'],
  indexCode: ['index_code'],
  indexName: ['index_name', 'benchmark'],
  listDate: ['list_date'],
  category: ['category'],
  themes: ['themes'],
} as const satisfies Record<keyof EtfRecord, readonly string[]>;
const FIELDS = Object.keys(COLUMNS) as (keyof EtfRecord)[];
const TEXTS = ['name', 'manager', 'indexCode', 'indexName'] as const;
const DATE_COLUMNS = ['date', 'trade_date'];
/** Of funds that are not traded: Tushare's lists have them beside the others. */
const UNLISTED = /^\d{6}\.OF$/i;

const UNKNOWN_NAMED = 20;

/**
 * The funds that the files name. What a file does not tell of a fund stays as it is known. Where a fund comes more than
 * once, the rows of the latest date count, which must agree in what they tell.
 */
export async function readEtfs(
  connection: DuckDBConnection,
  files: readonly TabularFile[],
  known: ReadonlyMap<string, EtfRecord>,
  rules: EtfRules,
): Promise<{ rowsRead: number; records: EtfRecord[]; bad: BadRow[]; remarks: string[] }> {
  const found = new Map<string, { date: string; told: EtfRecord }>();
  const bad: BadRow[] = [];
  let rowsRead = 0;
  let others = 0;
  for (const file of files) {
    requireColumns(file, COLUMNS.code, COLUMNS.name);
    for (const row of await readRecords(connection, file)) {
      rowsRead++;
      const text = row.get(...COLUMNS.code);
      const code = normaliseFundCode(text);
      const isOther = code === null ? UNLISTED.test(text) : !isEtfCode(code);
      const fault = isOther ? null : faultOf(row, text, code, rules);
      if (isOther) others++;
      else if (fault !== null) bad.push(fault);
      else {
        const date = readDate(row.get(...DATE_COLUMNS)) ?? '';
        const told = toldBy(row, code as string);
        const before = found.get(told.code);
        if (before !== undefined && before.date > date) continue;
        const torn = before?.date === date ? contradiction(before.told, told) : undefined;
        if (torn === undefined) found.set(told.code, { date, told: joined(told, before?.told) });
        else bad.push(row.bad(COLUMNS[torn][0], String(told[torn]), 'contradicts another row of the same fund'));
      }
    }
  }
  const remarks = others > 0 ? [`${others} rows of funds that are no listed ETFs: left out`] : [];
  const records = [...found.values()].map(({ told }) => joined(told, known.get(told.code)));
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
  if (isNothing(row.get(...COLUMNS.name))) return row.bad('name', row.get(...COLUMNS.name), 'is empty');
  for (const field of TEXTS) {
    const fault = faultOfText(row.get(...COLUMNS[field]));
    if (fault !== null) return row.bad(COLUMNS[field][0], row.get(...COLUMNS[field]), fault);
  }
  const listDate = row.get(...COLUMNS.listDate);
  if (!isNothing(listDate) && readDate(listDate) === null)
    return row.bad('list_date', listDate, 'is no date; write it as YYYY-MM-DD or YYYYMMDD');
  const category = row.get(...COLUMNS.category);
  if (!isNothing(category) && !rules.categories.includes(category))
    return row.bad('category', category, `is none of ${rules.categories.join(', ')}`);
  const theme = themesOf(row)?.find((key) => !rules.themes.some((one) => one.key === key));
  return theme === undefined ? null : row.bad('themes', theme, 'is no key of a theme in the rules file');
}

/** What a row says of a fund; null where it says nothing. */
function toldBy(row: FileRecord, code: string): EtfRecord {
  const text = (field: keyof EtfRecord): string | null => {
    const cell = row.get(...COLUMNS[field]);
    return isNothing(cell) ? null : cell;
  };
  return {
    code,
    name: text('name') as string,
    manager: text('manager'),
    indexCode: text('indexCode'),
    indexName: text('indexName'),
    listDate: readDate(row.get(...COLUMNS.listDate)),
    category: text('category'),
    themes: themesOf(row),
  };
}

/** The first field of which two rows tell different things; undefined where they agree. */
function contradiction(a: EtfRecord, b: EtfRecord): keyof EtfRecord | undefined {
  return FIELDS.find((field) => a[field] !== null && b[field] !== null && String(a[field]) !== String(b[field]));
}

/** What is told and, where nothing is, what was known. */
function joined(told: EtfRecord, known: EtfRecord | undefined): EtfRecord {
  return {
    code: told.code,
    name: told.name,
    manager: told.manager ?? known?.manager ?? null,
    indexCode: told.indexCode ?? known?.indexCode ?? null,
    indexName: told.indexName ?? known?.indexName ?? null,
    listDate: told.listDate ?? known?.listDate ?? null,
    category: told.category ?? known?.category ?? null,
    themes: told.themes ?? known?.themes ?? null,
  };
}

/** null where the row tells none. */
function themesOf(row: FileRecord): string[] | null {
  const cell = row.get(...COLUMNS.themes);
  return isNothing(cell) ? null : cell.split('|').map((key) => key.trim());
}
