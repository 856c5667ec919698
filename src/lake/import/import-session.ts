import { randomUUID } from 'node:crypto';
import type { DuckDBConnection } from '@duckdb/node-api';
import type { ImportReport, ProgressListener } from './import-report.js';
import type { ImportRequest } from './import-request.js';
import type { TabularFile } from './tabular-file.js';

/** One import under way. */
export class ImportSession {
  readonly id = randomUUID();
  private done = 0;

  constructor(
    readonly request: ImportRequest,
    readonly files: readonly TabularFile[],
    readonly connection: DuckDBConnection,
    /** Of the database when the import began: what it is prepared on. */
    readonly state: { readonly dataVersion: number; readonly lakeId: string },
    private readonly onProgress: ProgressListener,
  ) {}

  step(step: string): void {
    this.done++;
    this.onProgress({ step, done: this.done, total: Math.max(this.done + 1, this.files.length + 3) });
  }

  report(rowsRead: number, quarantined: { rows: number; file: string | null }): Omit<ImportReport, 'dataVersion'> {
    return {
      dataset: this.request.dataset,
      files: this.files.map((file) => file.name),
      series: null,
      rowsRead,
      rowsNew: 0,
      rowsChanged: 0,
      rowsUnchanged: 0,
      rowsQuarantined: quarantined.rows,
      quarantineFile: quarantined.file,
      datesTouched: 0,
      firstDate: null,
      lastDate: null,
      remarks: [],
    };
  }
}
