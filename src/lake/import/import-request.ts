import { LundongError } from '../../domain/errors.js';
import type { LocalDate } from '../../domain/local-date.js';
import type { Adjustment, BarMinutes } from '../../domain/price-series.js';
import { type DatasetName, isTableDataset, TABLE_DATASETS } from '../datasets.js';
import type { TabularFile } from './tabular-file.js';

export interface ImportRequest {
  /** Who imports, for the audit. */
  readonly actor: string;
  readonly dataset: DatasetName;
  readonly paths: readonly string[];
  readonly source: string;
  /** null = told by the files' names, or none. */
  readonly adjustment: Adjustment | null;
  /** For membership snapshots: the earlier date from which they are to rule. */
  readonly validFrom: LocalDate | null;
  /** Minutes that a minute bar spans; null = told by the data. */
  readonly barMinutes: BarMinutes | null;
  /** Set bad rows aside instead of refusing the import. */
  readonly quarantine: boolean;
}

/** A source is part of the paths in the lake: nothing in it may lead elsewhere. */
const SOURCE = /^[\p{L}\p{N}][\p{L}\p{N} ._-]{0,59}$/u;

/** @throws LundongError INVALID_ARGUMENT for options that cannot be followed, or mean nothing to the data set */
export function checkRequest({ dataset, paths, source, adjustment, validFrom, barMinutes }: ImportRequest): void {
  const refuse = (message: string): never => {
    throw new LundongError('INVALID_ARGUMENT', message);
  };
  if (paths.length === 0) refuse('Name at least one file to import.');
  if (!SOURCE.test(source))
    refuse(
      `--source "${source.slice(0, 60)}" cannot be used; begin with a letter or digit, then up to 59 more, or " ", ".", "_", "-".`,
    );
  if (adjustment !== null && adjustment !== 'none' && !(isTableDataset(dataset) && TABLE_DATASETS[dataset].adjustable))
    refuse(`${dataset} has no adjusted prices; leave out --adjust ${adjustment}.`);
  if (validFrom !== null && dataset !== 'members')
    refuse(`--valid-from ${validFrom} is for membership snapshots; leave it out for ${dataset}.`);
  if (barMinutes !== null && !(isTableDataset(dataset) && TABLE_DATASETS[dataset].intraday))
    refuse(`--bar-minutes ${barMinutes} is for minute_bar; leave it out for ${dataset}.`);
}

/** The adjustment asked for or, since vendors put it there, the one that the files' names tell. */
export function adjustmentOf(
  request: ImportRequest,
  files: readonly TabularFile[],
): { adjustment: Adjustment; remark: string | null } {
  if (request.adjustment !== null) return { adjustment: request.adjustment, remark: null };
  if (!isTableDataset(request.dataset)) return { adjustment: 'none', remark: null };
  const { adjustable, intraday } = TABLE_DATASETS[request.dataset];
  if (!adjustable && !intraday) return { adjustment: 'none', remark: null };
  const told = new Set(
    files.map((file) => /(?<![a-z])(hfq|qfq)(?![a-z])/i.exec(file.name)?.[1]?.toLowerCase() ?? 'none'),
  );
  if (!adjustable) {
    const adjusted = [...told].find((adjustment) => adjustment !== 'none');
    if (adjusted === undefined) return { adjustment: 'none', remark: null };
    throw new LundongError(
      'INVALID_ARGUMENT',
      `A file's name tells ${adjusted} prices; ${request.dataset} takes prices as traded. If they are, say --adjust none.`,
    );
  }
  if (told.size > 1)
    throw new LundongError(
      'INVALID_ARGUMENT',
      `The files' names tell different adjustments (${[...told].join(', ')}); import them apart, or say --adjust.`,
    );
  const adjustment = [...told][0] as Adjustment;
  return {
    adjustment,
    remark:
      adjustment === 'none'
        ? 'prices taken as unadjusted; say --adjust hfq or qfq if they are not'
        : `adjustment ${adjustment} taken from the file name`,
  };
}
