import type { EntityManager } from 'typeorm';
import type { IndustryScheme } from '../domain/industry.js';
import type { MembershipRow } from '../domain/membership-history.js';
import { TradingCalendar } from '../domain/trading-calendar.js';
import type { Invalidate } from '../lake/import/importer.js';
import type { MarketChange } from '../lake/market-change.js';
import * as factorValues from '../store/factor-value.repository.js';
import * as marketData from '../store/market-data.repository.js';
import type { ChangeContext, FactorEngine } from './factor-engine.js';

/** Drops exactly the stored factor values that a change of the data reaches, as their engines tell. */
export function factorInvalidation(engines: readonly FactorEngine[]): Invalidate {
  return async (manager: EntityManager, change: MarketChange) => {
    const stored = await factorValues.loadFactorIdentities(manager);
    if (stored.length === 0) return;
    const context = await changeContext(manager);
    for (const factor of stored) {
      const engine = engines.find((one) => one.key === factor.engine && one.version === factor.engineVersion);
      if (engine === undefined) await factorValues.deleteFactor(manager, factor.hash);
      else {
        const ranges = await engine.staleDates(factor.params, factor.scheme, change, context);
        if (ranges.length > 0) await factorValues.deleteFactorValues(manager, factor.hash, ranges);
      }
    }
  };
}

async function changeContext(manager: EntityManager): Promise<ChangeContext> {
  const { tradingDays, industries } = await marketData.loadReferenceData(manager);
  let loading: Promise<MembershipRow[]> | null = null;
  return {
    calendar: TradingCalendar.of(tradingDays),
    memberships: async (scheme: IndustryScheme) => {
      loading ??= marketData.loadMemberships(manager);
      return (await loading).filter((row) => industries.get(row.industryCode)?.scheme === scheme);
    },
  };
}
