import type { LocalDate } from '../../domain/local-date.js';

/** A row that cannot be taken, and why. `line` counts from 1, the header's line; in Parquet it is the row's number + 1. */
export interface BadRow {
  readonly file: string;
  readonly line: number;
  readonly column: string;
  readonly value: string;
  readonly reason: string;
}

/** What an import did, or would have done. */
export interface ImportReport {
  readonly dataset: string;
  readonly files: readonly string[];
  /** The series the rows went to; null for data without prices. */
  readonly series: string | null;
  readonly rowsRead: number;
  readonly rowsNew: number;
  readonly rowsChanged: number;
  readonly rowsUnchanged: number;
  readonly rowsQuarantined: number;
  readonly quarantineFile: string | null;
  readonly datesTouched: number;
  readonly firstDate: LocalDate | null;
  readonly lastDate: LocalDate | null;
  readonly dataVersion: number;
  /** Things worth knowing that are no errors: repaired zeros, unused columns, jumps. */
  readonly remarks: readonly string[];
}

export type ProgressListener = (progress: { step: string; done: number; total: number }) => void;
