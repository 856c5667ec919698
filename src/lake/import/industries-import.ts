import type { DuckDBConnection } from '@duckdb/node-api';
import { normaliseIndustryCode } from '../../domain/codes.js';
import type { Industry } from '../../domain/industry.js';
import type { BadRow } from './import-report.js';
import { faultOfText, readRecords, requireColumns } from './records.js';
import type { TabularFile } from './tabular-file.js';

const CODE_COLUMNS = ['code', 'index_code'];
const NAME_COLUMNS = ['name_zh', 'name', 'industry_name'];

/** The industries that the files name; without an English name the known one stays, or else the Chinese name serves. */
export async function readIndustries(
  connection: DuckDBConnection,
  files: readonly TabularFile[],
  known: ReadonlyMap<string, Industry>,
): Promise<{ rowsRead: number; industries: Industry[]; bad: BadRow[] }> {
  const industries = new Map<string, Industry>();
  const bad: BadRow[] = [];
  let rowsRead = 0;
  for (const file of files) {
    requireColumns(file, CODE_COLUMNS, NAME_COLUMNS);
    for (const record of await readRecords(connection, file)) {
      rowsRead++;
      const text = record.get(...CODE_COLUMNS);
      const code = normaliseIndustryCode(text);
      const nameZh = record.get(...NAME_COLUMNS);
      const nameEn = record.get('name_en');
      const [faultZh, faultEn] = [faultOfText(nameZh), faultOfText(nameEn)];
      if (code === null)
        bad.push(record.bad('code', text, 'is no first-level industry code; write it like CI005001 or 801010'));
      else if (faultZh !== null) bad.push(record.bad('name_zh', nameZh, faultZh));
      else if (faultEn !== null) bad.push(record.bad('name_en', nameEn, faultEn));
      else if (nameZh === '') bad.push(record.bad('name_zh', nameZh, 'is empty'));
      else
        industries.set(code, {
          code,
          scheme: code.startsWith('CI') ? 'CITIC_L1' : 'SW_L1',
          nameZh,
          nameEn: nameEn || known.get(code)?.nameEn || nameZh,
        });
    }
  }
  return { rowsRead, industries: [...industries.values()], bad };
}
