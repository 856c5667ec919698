import type { EtfFlow, EtfFlowNote } from '../../domain/etf-flow.js';
import type { LocalDate } from '../../domain/local-date.js';
import type { Window } from '../../domain/trading-calendar.js';
import type { Market } from '../../lake/market.js';
import type { EtfDay } from './etf-day.js';

/** What must be said beside a net flow, day by day. */
export function netFlowNotes(market: Market, day: EtfDay, window: Window, flow: EtfFlow | null): string[] {
  if (day.knownTo !== day.asOf) return [`shares are published after the close: none are known of ${day.asOf} yet`];
  const base = market.calendar.baseOf(window, day.asOf);
  if (flow === null) return [`no shares are known from ${base} to ${day.asOf}`];
  const dates = market.calendar.between(base, day.asOf);
  return flow.notes.map((note) => describeFlowNote(note, dates[note.day] as LocalDate));
}

export function describeFlowNote({ kind, factor }: EtfFlowNote, date: LocalDate): string {
  switch (kind) {
    case 'SHARES_MISSING':
      return `${date}: no shares`;
    case 'NAV_MISSING':
      return `${date}: no net asset value`;
    case 'SPLIT_UNCLEAR':
      return `${date}: the shares changed in a way that may or may not be a split`;
    case 'RESTATED':
      return `${date}: shares of the day before restated by ${factor} for a split or merge`;
  }
}
