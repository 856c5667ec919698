import { LundongError } from '../../domain/errors.js';
import { EventLoopTurns } from '../../domain/event-loop-turns.js';
import type { IndustryScheme } from '../../domain/industry.js';
import type { LocalDate } from '../../domain/local-date.js';
import { createPricePanel } from '../../domain/price-panel.js';
import { provenanceNote } from '../../domain/price-series.js';
import { monthEndings, rebalanceSchedule } from '../../domain/rebalance-schedule.js';
import type { RebalanceRows } from '../../domain/selection.js';
import { chooseSeries } from '../../lake/choose-series.js';
import type { Market } from '../../lake/market.js';
import * as portfolios from '../../store/portfolio.repository.js';
import type { Store } from '../../store/store.js';
import type { FactorService } from '../factor/factor.service.js';
import { Benchmarks } from './benchmarks.js';
import { MarketMemo } from './market-memo.js';
import {
  DATASET,
  definePortfolio,
  isPortfolioKey,
  type PortfolioDefinition,
  type PortfolioDescription,
  selectionRule,
} from './portfolio-definition.js';
import { type NotedFactor, type PortfolioGround, PortfolioRun } from './portfolio-run.js';

/** 综合 and 综合金融: ranked like the others, never bought by the published portfolio. */
const CONGLOMERATES = ['CI005029', 'CI005030'];

/** The portfolios that are always there: the two of the published weekly report. */
const BUILT_IN: readonly PortfolioDescription[] = [
  {
    key: 'diffusion-monthly',
    name: 'Diffusion index, monthly top six',
    factor: 'diffusion',
    rule: 'TOP_N',
    size: 6,
    swapsPerRebalance: 1,
    excluded: [],
    rebalance: 'MONTHLY',
    costBps: 0,
    executionLagDays: 0,
    scheme: 'CITIC_L1',
  },
  {
    key: 'gru-weekly',
    name: 'GRU factor, one swap a week among six',
    factor: 'gru',
    rule: 'SWAP',
    size: 6,
    swapsPerRebalance: 1,
    excluded: CONGLOMERATES,
    rebalance: 'WEEKLY',
    costBps: 0,
    executionLagDays: 0,
    scheme: 'CITIC_L1',
  },
];

/** Each keeps some 0.2 MB over ten years of weeks. */
const RUNS_KEPT = 100;
/** Each keeps some 1.2 MB over ten years of 30 industries, and its benchmarks. */
const GROUNDS_KEPT = 8;

/** Portfolios, built in and created, and what became of them. */
export class PortfolioService {
  /** Runs over all data, by portfolio. */
  private readonly runs = new MarketMemo<PortfolioRun>('portfolio_run', RUNS_KEPT);
  /** By scheme and range: all portfolios of a view stand on the same one. */
  private readonly grounds = new MarketMemo<PortfolioGround>('portfolio_ground', GROUNDS_KEPT);

  /** A view may ask for many portfolios at once; each run and each figure of one takes some milliseconds. */
  readonly turns = new EventLoopTurns();

  constructor(
    private readonly store: Store,
    private readonly factors: FactorService,
  ) {}

  define(market: Market, given: PortfolioDescription): PortfolioDefinition {
    return definePortfolio(market, this.factors, given);
  }

  /** Built-in ones first, then created ones by key. */
  async list(market: Market): Promise<PortfolioDefinition[]> {
    const created = await portfolios.listPortfolios(this.store.manager);
    return [...this.builtIn(market), ...(created as PortfolioDefinition[])];
  }

  /** @returns null where there is none with this key */
  async find(market: Market, key: string): Promise<PortfolioDefinition | null> {
    if (!isPortfolioKey(key)) return null;
    const builtIn = this.builtIn(market).find((one) => one.key === key);
    return builtIn ?? ((await portfolios.findPortfolio(this.store.manager, key)) as PortfolioDefinition | null);
  }

  /**
   * Keeps a portfolio under its key. Creating the same one again is no error: a repeated request must not fail.
   *
   * @throws LundongError KEY_TAKEN where another portfolio has the key
   */
  async create(market: Market, given: PortfolioDescription): Promise<PortfolioDefinition> {
    const definition = this.define(market, given);
    const known = await this.find(market, definition.key);
    const kept =
      known ??
      ((await portfolios.insertPortfolio(this.store.manager, definition.key, definition)) as PortfolioDefinition);
    if (!sameDefinition(kept, definition))
      throw new LundongError(
        'KEY_TAKEN',
        `The key "${definition.key}" belongs to another portfolio; choose a different key.`,
        { key: definition.key },
      );
    return kept;
  }

  /**
   * A portfolio over all data there are.
   *
   * @param signal leaves, with its reason; the run goes on while anybody else waits for it
   */
  run(market: Market, definition: PortfolioDefinition, signal?: AbortSignal): Promise<PortfolioRun> {
    const make = async (unwanted: AbortSignal): Promise<PortfolioRun> => {
      const last = market.resolveDate(DATASET, null);
      return this.runOver(market, definition, market.firstDate(DATASET), last, [], undefined, unwanted);
    };
    return this.runs.get(market, JSON.stringify(definition), make, signal);
  }

  /**
   * @param progress is told each step before it begins, and the share done
   * @param signal ends it, with its reason
   * @throws LundongError INVALID_RANGE, DATE_BEFORE_DATA, NO_DATA, INVALID_ARGUMENT, UNKNOWN_INDUSTRY
   */
  async runOver(
    market: Market,
    definition: PortfolioDefinition,
    from: LocalDate,
    to: LocalDate,
    initialHoldings: readonly string[],
    progress: (done: number, step: string) => void = () => undefined,
    signal?: AbortSignal,
  ): Promise<PortfolioRun> {
    progress(0, 'reading prices');
    await this.turns.next();
    const ground = await this.ground(market, definition.scheme, from, to);
    const rebalances = rebalanceRows(ground, definition);
    progress(0.2, 'computing the factor');
    const factor = await this.factorPanel(market, definition, ground, rebalances, signal);
    progress(0.9, 'keeping the books');
    await this.turns.next();
    signal?.throwIfAborted();
    return PortfolioRun.of(ground, definition, factor, rebalances, initialHoldings);
  }

  /** Closes of a scheme's industries over a range, as far as the one series that has most of them reaches. */
  async ground(market: Market, scheme: IndustryScheme, from: LocalDate, to: LocalDate): Promise<PortfolioGround> {
    const range = market.resolveRange(DATASET, from, to);
    const [first, last] = [range[0], range.at(-1)];
    if (first === undefined || last === undefined)
      throw new LundongError(
        'INVALID_RANGE',
        `No trading day of the data lies between ${from} and ${to}; widen the range.`,
      );
    return this.grounds.get(market, [scheme, first, last].join(), () => this.readGround(market, scheme, range));
  }

  private async readGround(
    market: Market,
    scheme: IndustryScheme,
    range: readonly LocalDate[],
  ): Promise<PortfolioGround> {
    const [first, last] = [range[0] as LocalDate, range.at(-1) as LocalDate];
    const codes = market.industriesOf(scheme).map((industry) => industry.code);
    const chosen = await chooseSeries(market, DATASET, codes, range);
    if (chosen === null)
      throw new LundongError(
        'NO_DATA',
        `No series of ${DATASET} has closes of ${scheme} between ${first} and ${last}; widen the range.`,
      );
    const dates = range.filter((date) => chosen.first <= date && date <= chosen.last);
    const rowOf = new Map(dates.map((date, row) => [date, row]));
    const rowsOf = (ends: readonly LocalDate[]): number[] => ends.map((date) => rowOf.get(date) as number);
    const [start, end] = [dates[0] as LocalDate, dates.at(-1) as LocalDate];
    const prices = createPricePanel(chosen.panel.closesOf(codes, dates), codes.length);
    return {
      calendar: market.calendar,
      weekEnds: rowsOf(market.calendar.weekEndings(start, end)),
      monthEnds: rowsOf(monthEndings(market.calendar, start, end)),
      dates,
      codes,
      prices,
      benchmarks: new Benchmarks(prices),
      note: provenanceNote(chosen.series) + (chosen.last < last ? `, which ends on ${chosen.last}` : ''),
    };
  }

  /** The factor's values on the days of the signals; NaN everywhere else, which no rule looks at. */
  async factorPanel(
    market: Market,
    definition: Pick<PortfolioDefinition, 'factor' | 'params' | 'scheme' | 'excluded'>,
    ground: PortfolioGround,
    rebalances: readonly RebalanceRows[],
    signal?: AbortSignal,
  ): Promise<NotedFactor> {
    const { codes, dates } = ground;
    const values = new Float64Array(dates.length * codes.length).fill(Number.NaN);
    const { factor, scheme, params, excluded } = definition;
    if (factor === null) return { codes, values, notes: null };
    const rowOf = new Map(rebalances.map(({ signal }) => [dates[signal] as LocalDate, signal]));
    const rows = await this.factors.rowsOn(market, factor, scheme, params, [...rowOf.keys()], signal);
    const notes = new Map<number, readonly string[]>();
    for (const row of rows) {
      const signal = rowOf.get(row.date) as number;
      values.set(row.values, signal * codes.length);
      const speaks = codes.some((code, column) => !Number.isNaN(row.values[column]) && !excluded.includes(code));
      if (speaks) notes.set(signal, row.notes);
    }
    return { codes, values, notes };
  }

  /**
   * What a portfolio would hold if its rule were asked at the close of a day of its run: on the day of a rebalance what
   * it holds then.
   *
   * @returns codes in no order that means anything
   * @throws LundongError NO_DATA
   */
  async choiceOn(
    market: Market,
    definition: PortfolioDefinition,
    run: PortfolioRun,
    date: LocalDate,
    signal?: AbortSignal,
  ): Promise<readonly string[]> {
    const { since, items } = run.holdings(date);
    if (since === date) return items.map(({ code }) => code);
    const ground = await this.ground(market, definition.scheme, date, date);
    const moment = { signal: 0, fill: 0 };
    const factor = await this.factorPanel(market, definition, ground, [moment], signal);
    const rule = selectionRule(definition, factor, ground.dates, []);
    const held = items.map(({ code }) => ground.codes.indexOf(code));
    const { columns } = rule({ ...moment, prices: ground.prices, held });
    return columns.map((column) => ground.codes[column] as string);
  }

  /** Those that are always there. */
  builtIn(market: Market): PortfolioDefinition[] {
    return BUILT_IN.map((description) => definePortfolio(market, this.factors, description));
  }
}

/** The rebalances of a portfolio in rows of its ground. A schedule's own dates are signals besides those of the frequency. */
export function rebalanceRows(
  ground: PortfolioGround,
  definition: Pick<PortfolioDefinition, 'rebalance' | 'executionLagDays' | 'schedule'>,
): RebalanceRows[] {
  const { calendar, dates } = ground;
  const rowOf = new Map(dates.map((date, row) => [date, row]));
  const schedule = rebalanceSchedule({
    calendar,
    frequency: definition.rebalance,
    from: dates[0] as LocalDate,
    to: dates.at(-1) as LocalDate,
    lagDays: definition.executionLagDays,
    extraSignals: (definition.schedule ?? []).map(({ date }) => calendar.lastOnOrBefore(date)),
  });
  return schedule.map(({ signal, fill }) => ({ signal: rowOf.get(signal) as number, fill: rowOf.get(fill) as number }));
}

function sameDefinition(a: PortfolioDefinition, b: PortfolioDefinition): boolean {
  // The database keeps objects' fields in an order of its own.
  const sorted = (_: string, value: unknown): unknown =>
    value !== null && typeof value === 'object' && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).sort(([x], [y]) => (x < y ? -1 : 1)))
      : value;
  return JSON.stringify(a, sorted) === JSON.stringify(b, sorted);
}
