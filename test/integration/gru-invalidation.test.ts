import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { GruParams } from '#lundong/domain/gru-params.js';
import type { LocalDate } from '#lundong/domain/local-date.js';
import { FactorCache } from '#lundong/engines/factor-cache.js';
import type { FactorEngine, FactorRow } from '#lundong/engines/factor-engine.js';
import { currentMarket, DAYS, loadAdjusted, loadBars } from '../support/bars-workspace.js';
import type { TestWorkspace } from '../support/database.js';
import {
  dates,
  forgetfulEngine,
  generated,
  loadSnapshot,
  members,
  on,
  openGruWorkspace,
  stocks,
} from '../support/gru-workspace.js';
import { runImport, writeTable } from '../support/import-helpers.js';

const WEIGHTINGS = ['CAP', 'EQUAL'] as const;
type Weighting = (typeof WEIGHTINGS)[number];

/** Models may score from 50 to 85. */
const asked = dates.slice(45);
const days = (from: number, to = dates.length - 1): LocalDate[] => asked.filter((d) => on(from) <= d && d <= on(to));

/** Days without adjusted closes: what weights drift with there must come from elsewhere. */
const UNADJUSTED = [76, 77, 78].map(on);
const adjusted = new Map([...generated.adjusted].filter(([key]) => !UNADJUSTED.some((date) => key.endsWith(date))));

/** A member of the first industry that has bars and adjusted closes on the days that are corrected. */
const stock = stocks
  .slice(0, 12)
  .find((one) => [10, 12, 65].every((day) => adjusted.has(`${one} ${on(day)}`))) as string;
const hasBars = (date: LocalDate): boolean => generated.bars.some((bar) => bar.code === stock && bar.date === date);

const HOLIDAY = '2024-04-04' as LocalDate;

let opened: TestWorkspace;
let engine: FactorEngine<GruParams>;

beforeAll(async () => {
  opened = await openGruWorkspace(adjusted);
  engine = opened.workspace.engines.find(({ key }) => key === 'gru') as FactorEngine<GruParams>;
});
afterAll(() => opened?.close());

const paramsOf = (weighting: Weighting): GruParams => ({ model: null, weighting });

async function served(weighting: Weighting): Promise<FactorRow[]> {
  const cache = new FactorCache(opened.workspace.store);
  return cache.get(await currentMarket(opened), engine, 'CITIC_L1', paramsOf(weighting), asked);
}

async function storedDates(weighting: Weighting): Promise<Set<string>> {
  const rows: { date: string }[] = await opened.workspace.store.manager.query(
    'SELECT date FROM factor_value JOIN factor_parameters USING (hash) WHERE params @> $1::jsonb',
    [JSON.stringify(paramsOf(weighting))],
  );
  return new Set(rows.map(({ date }) => date));
}

const correctClose = (day: number, factor: number): Promise<unknown> => {
  const key = `${stock} ${on(day)}`;
  return loadAdjusted(opened, new Map([[key, Number(((adjusted.get(key) as number) * factor).toFixed(4))]]));
};

async function loadUnadjusted(onDates: readonly LocalDate[], factor: number): Promise<void> {
  const lines = onDates.flatMap((date, day) =>
    stocks.map((code, index) => `${code},${date},${(factor * (10 + index + ((day * (3 + index)) % 7))).toFixed(2)}`),
  );
  const path = writeTable(opened.directory, 'unadjusted.csv', ['code,date,close', ...lines]);
  await runImport(opened.workspace, 'stock_daily', path, { source: 'test', adjustment: 'none' });
}

async function loadCalendar(known: readonly LocalDate[]): Promise<void> {
  const path = writeTable(opened.directory, 'calendar.csv', ['date', ...[...known].sort()]);
  await runImport(opened.workspace, 'calendar', path);
}

interface Change {
  readonly name: string;
  readonly land: () => Promise<unknown>;
  readonly drops: Readonly<Record<Weighting, LocalDate[]>>;
  /** False where it may say what was assumed. */
  readonly shows?: boolean;
}

/** One after the other, on the same market. */
const CHANGES: readonly Change[] = [
  {
    name: 'corrected minute bars',
    land: () =>
      loadBars(
        opened,
        generated.bars
          .filter((bar) => bar.code === stock && bar.date === on(62))
          .map((bar, index) => ({ ...bar, volume: bar.volume + 100 * (1 + (index % 4)), amount: 3 * bar.amount + 1 })),
      ),
    drops: { CAP: days(62), EQUAL: days(62) },
  },
  {
    name: 'an adjusted close whose overnight returns lie in windows',
    land: () => correctClose(12, 1.3),
    drops: { CAP: days(12, 61), EQUAL: days(12, 61) },
  },
  {
    name: 'an adjusted close of a date that is asked for',
    land: () => correctClose(65, 1.3),
    drops: { CAP: days(65), EQUAL: days(65) },
  },
  {
    name: 'the adjusted close of the date of the weights',
    land: () => correctClose(10, 1.3),
    drops: { CAP: asked, EQUAL: days(10, 59) },
  },
  {
    name: 'unadjusted closes of days without adjusted ones',
    land: () => loadUnadjusted(UNADJUSTED, 1),
    drops: { CAP: asked, EQUAL: [] },
  },
  {
    name: 'corrected unadjusted closes of one of these days',
    land: () => loadUnadjusted([on(77)], 1.1),
    drops: { CAP: days(77, 87), EQUAL: [] },
  },
  {
    name: 'members with other weights, and others, from a date on',
    land: () =>
      loadSnapshot(
        opened,
        members.flatMap((one, index) =>
          one.weight === null || index % 5 === 0 ? [] : [{ ...one, weight: 1 + ((7 * index) % 11) }],
        ),
        on(70),
      ),
    drops: { CAP: days(70), EQUAL: days(70) },
  },
  {
    name: 'the first calendar, which says what was assumed',
    land: () => loadCalendar(DAYS),
    drops: { CAP: asked, EQUAL: asked },
    shows: false,
  },
  {
    name: 'a holiday that turns out to have been a trading day',
    land: () => loadCalendar([...DAYS, HOLIDAY]),
    drops: { CAP: asked.filter((date) => date >= HOLIDAY), EQUAL: asked.filter((date) => date >= HOLIDAY) },
  },
];

describe('kept values of the GRU factor', () => {
  it('are of a stock with bars on the days that are corrected', () => {
    expect([10, 12, 62, 65].map(on).filter(hasBars)).toHaveLength(4);
  });

  it.each(CHANGES)('after $name are those that it would compute', async ({ land, drops, shows = true }) => {
    const before = new Map<Weighting, FactorRow[]>();
    for (const weighting of WEIGHTINGS) {
      before.set(weighting, await served(weighting));
      expect(await storedDates(weighting)).toEqual(new Set(asked));
    }
    await land();
    for (const weighting of WEIGHTINGS) {
      const kept = await storedDates(weighting);
      const dropped = asked.filter((date) => !kept.has(date));
      expect(dropped, weighting).toEqual(drops[weighting]);
      const found = await served(weighting);
      const market = await currentMarket(opened);
      const fresh = await (await forgetfulEngine(opened)).compute(market, 'CITIC_L1', paramsOf(weighting), asked);
      expect(found, weighting).toEqual(fresh);
      const old = before.get(weighting) as FactorRow[];
      const changed = asked.filter(
        (_, index) =>
          !(old[index] as FactorRow).codes.every((_, i) => Object.is(old[index]?.values[i], fresh[index]?.values[i])),
      );
      expect(changed.length > 0, weighting).toBe(shows && drops[weighting].length > 0);
    }
  });
});
