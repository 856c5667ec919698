import { writeFile } from 'node:fs/promises';
import { LundongError } from '../../domain/errors.js';
import type { IndustryScheme } from '../../domain/industry.js';
import { FEATURE_SPEC, FEATURE_SPEC_VERSION, FEATURES } from '../../domain/intraday-features.js';
import type { LocalDate } from '../../domain/local-date.js';
import type { MembershipRow } from '../../domain/membership-history.js';
import { describeSeries } from '../../domain/price-series.js';
import { positionsIn } from '../../domain/sorted-codes.js';
import type { ProgressListener } from '../../lake/import/import-report.js';
import type { Market } from '../../lake/market.js';
import type { MinuteBarSeries } from '../../lake/market-series.js';
import { adjustedSeries, type CrossSectionSource } from './cross-section-source.js';
import { ExportFolder } from './export-folder.js';
import { ARRAY_FILES, FeatureArrays } from './feature-arrays.js';
import { exRightNote } from './feature-source.js';

/** What training reads beside the arrays, and by which it knows them. */
export interface FeatureExportIndex {
  readonly featureSpec: string;
  readonly specVersion: number;
  /** Trading days, ascending. */
  readonly dates: readonly LocalDate[];
  /** Ascending. */
  readonly codes: readonly string[];
  /** Per stock the industry it was in last, null where in none. */
  readonly industries: readonly (string | null)[];
  readonly features: readonly string[];
  readonly scheme: IndustryScheme;
  readonly dataVersion: number;
  readonly notes: readonly string[];
}

export interface FeatureExportRequest {
  readonly from: LocalDate;
  readonly to: LocalDate;
  readonly scheme: IndustryScheme;
  /** A folder that is empty, not there yet, or holds an earlier export. */
  readonly directory: string;
}

const INDEX = 'index.json';

/** The index comes last: where it is, the arrays are whole. */
const FILES: readonly string[] = [...ARRAY_FILES, INDEX];

/** Cross-sections that are in memory together: 40 MB with 5,000 stocks. */
const DATES_AT_ONCE = 60;

/**
 * Writes the standardised features of a range, with the price chain that labels are made of, as arrays for NumPy: the
 * very numbers that models are fed when they serve. docs/features.md describes the files.
 *
 * @throws LundongError NO_DATA, INVALID_RANGE, DATE_BEFORE_DATA, and INVALID_ARGUMENT for a folder with other files or
 * one that cannot be written
 */
export async function exportFeatures(
  market: Market,
  source: CrossSectionSource,
  request: FeatureExportRequest,
  onProgress: ProgressListener = () => undefined,
): Promise<FeatureExportIndex> {
  const dates = market.resolveRange('minute_bar', request.from, request.to);
  const series = barsOver(market, dates);
  if (series === null)
    throw new LundongError(
      'INVALID_RANGE',
      `No minute bars are held from ${request.from} to ${request.to}; lundong status says how far the data reach.`,
      { from: request.from, to: request.to },
    );
  const folder = await ExportFolder.prepare(request.directory, FILES);
  const parts = Array.from({ length: Math.ceil(dates.length / DATES_AT_ONCE) }, (_, index) =>
    dates.slice(index * DATES_AT_ONCE, (index + 1) * DATES_AT_ONCE),
  );
  const total = 2 * dates.length;
  let done = 0;
  const known = new Set<string>();
  for (const part of parts) {
    onProgress({ step: `bars to ${part.at(-1)}`, done, total });
    for (const day of await source.stockDays.get(
      market,
      series,
      part.filter((date) => series.has(date)),
    ))
      for (const code of day.codes) known.add(code);
    done += part.length;
  }
  const codes = [...known].sort();
  const { industries, note } = industriesOf(market, request.scheme, codes, dates.at(-1) as LocalDate);
  const index: FeatureExportIndex = {
    featureSpec: FEATURE_SPEC,
    specVersion: FEATURE_SPEC_VERSION,
    dates,
    codes,
    industries,
    features: FEATURES,
    scheme: request.scheme,
    dataVersion: market.dataVersion,
    notes: [
      `bars: ${describeSeries(series)}`,
      exRightNote(market, dates),
      ...(await adjustedCoverage(market, codes)),
      note,
    ],
  };
  try {
    const arrays = await folder.writing(() => FeatureArrays.create((name) => folder.part(name), dates.length, codes));
    try {
      for (const part of parts) {
        onProgress({ step: `features to ${part.at(-1)}`, done, total });
        const sections = await source.get(market, series, part);
        const byDate = new Map(sections.map((section) => [section.date, section]));
        for (const date of part) await folder.writing(() => arrays.write(byDate.get(date) ?? null));
        done += part.length;
      }
      arrays.assertWhole();
    } finally {
      await folder.writing(() => arrays.close());
    }
    const text = `${JSON.stringify(index, null, 1)}\n`;
    await folder.writing(() => writeFile(folder.part(INDEX), text, { flag: 'wx' }));
    await folder.publish();
  } catch (error) {
    await folder.discard();
    throw error;
  }
  return index;
}

/** The series with the most of the dates, among equals the first in the order in which they are asked; null where none has any. */
function barsOver(market: Market, dates: readonly LocalDate[]): MinuteBarSeries | null {
  let best: { series: MinuteBarSeries; count: number } | null = null;
  for (const series of market.minuteBars) {
    const count = dates.filter((date) => series.has(date)).length;
    if (count > (best?.count ?? 0)) best = { series, count };
  }
  return best?.series ?? null;
}

/** How much of the export adjusted closes can tell of: stocks and dates beyond have no ex-right factors. */
function adjustedCoverage(market: Market, codes: readonly string[]): Promise<string[]> {
  return Promise.all(
    adjustedSeries(market).map(async (series) => {
      const positions = positionsIn((await series.closes()).codes, codes);
      const stocks = positions.filter((position) => position >= 0).length;
      const reach = `${series.firstDate} … ${series.lastDate}`;
      return `${describeSeries(series)}: ${reach}, for ${stocks} of the ${codes.length} stocks`;
    }),
  );
}

/** Of each stock the industry that it is in on the last date or, where in none, was in last before. */
function industriesOf(market: Market, scheme: IndustryScheme, codes: readonly string[], last: LocalDate) {
  const stays = new Map<string, MembershipRow>();
  for (const stay of market.memberships.get(scheme) ?? []) {
    const known = stays.get(stay.stockCode);
    if (stay.inDate <= last && (known === undefined || stay.inDate > known.inDate)) stays.set(stay.stockCode, stay);
  }
  return {
    industries: codes.map((code) => stays.get(code)?.industryCode ?? null),
    note: `industries: ${scheme} as of ${last}, or the last one before; not point in time for earlier dates`,
  };
}
