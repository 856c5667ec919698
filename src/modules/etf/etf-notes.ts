import type { EtfFlow, EtfFlowNote } from '../../domain/etf-flow.js';
import { groupBy } from '../../domain/group-by.js';
import type { LocalDate } from '../../domain/local-date.js';
import type { Window } from '../../domain/trading-calendar.js';
import type { Market } from '../../lake/market.js';
import type { EtfDay, EtfFigures } from './etf-day.js';

const LACKS: Readonly<Record<EtfFlowNote['kind'], string>> = {
  SHARES_MISSING: 'no shares',
  NAV_MISSING: 'no net asset value',
  SPLIT_UNCLEAR: 'the shares changed in a way that may or may not be a split',
  RESTATED: 'shares of the day before restated for a split or merge',
};

/** Why figures of a fund are null, or count nowhere, a line each. */
export function figureNotes(day: EtfDay, figures: EtfFigures): string[] {
  const { category, outside, close, change, shares, nav, premium } = figures;
  const unpublished = day.knownTo !== day.asOf;
  const lacks = unpublished ? 'is published after the close' : `is loaded of ${day.asOf}`;
  const reasons: readonly [missing: boolean, reason: string][] = [
    [category === null && outside !== null, `no category: the rules sort it under "${outside}", outside all of them`],
    [category === null && outside === null, 'no category: no rule knows the name'],
    [
      category !== null && !day.hasCategory(category),
      `category "${category}": told by the list, but not (any more) in the rules; the fund counts in no sum by category`,
    ],
    [close === null, `no close: none is loaded of ${day.asOf}`],
    [
      close !== null && change === null,
      'no change: no series has the close before as well, or unadjusted prices moved as only a split moves them',
    ],
    [shares === null, unpublished ? `no shares: their number ${lacks}` : `no shares: none ${lacks}`],
    [nav === null, unpublished ? `no net asset value: it ${lacks}` : `no net asset value: none ${lacks}`],
    [close !== null && nav !== null && premium === null, 'no premium: the close is adjusted, not as traded'],
  ];
  return reasons.flatMap(([missing, reason]) => (missing ? [reason] : []));
}

/** What must be said beside a net flow: a line for each thing lacking, and one for each split. */
export function netFlowNotes(market: Market, day: EtfDay, window: Window, flow: EtfFlow | null): string[] {
  if (day.knownTo !== day.asOf) return [`shares are published after the close: none are known of ${day.asOf} yet`];
  const base = market.calendar.baseOf(window, day.asOf);
  return flow === null
    ? [`no shares are known from ${base} to ${day.asOf}`]
    : describeFlowNotes(flow.notes, market.calendar.between(base, day.asOf));
}

/** @param dates of the flow's days, the base first */
export function describeFlowNotes(notes: readonly EtfFlowNote[], dates: readonly LocalDate[]): string[] {
  return [...groupBy(notes, ({ kind }) => kind)].flatMap(([kind, some]) => {
    const days = some.map(({ day }) => dates[day] as LocalDate);
    if (kind === 'RESTATED') return some.map(({ factor }, index) => `${days[index]}: ${LACKS[kind]}, by ${factor}`);
    return [
      days.length === 1
        ? `${days[0]}: ${LACKS[kind]}`
        : `${days.length} days, ${days[0]} to ${days.at(-1)}: ${LACKS[kind]}`,
    ];
  });
}

/** Why a fund has no net flow, in a few words for counting. */
export function reasonOfNoFlow(flow: EtfFlow | null): string {
  const kind = flow?.notes.find((note) => note.kind !== 'RESTATED')?.kind ?? 'SHARES_MISSING';
  return LACKS[kind];
}
