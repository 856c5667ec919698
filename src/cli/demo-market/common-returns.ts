import { Random } from './random.js';

interface RegimeStyle {
  /** Length of a regime in trading days. */
  shortest: number;
  longest: number;
  /** Standard deviation of a regime's daily drift. */
  driftSpread: number;
  /** Daily standard deviation around the drift. */
  volatility: number;
}

const MARKET: RegimeStyle = { shortest: 60, longest: 160, driftSpread: 0.0005, volatility: 0.009 };
const INDUSTRY: RegimeStyle = { shortest: 42, longest: 126, driftSpread: 0.0015, volatility: 0.007 };

/** Daily log returns of the whole market. */
export function marketReturns(dayCount: number): Float64Array {
  return regimeReturns(new Random('market'), dayCount, MARKET);
}

/** Daily log returns of an industry over the market. */
export function industryReturns(industryCode: string, dayCount: number): Float64Array {
  return regimeReturns(new Random(`industry ${industryCode}`), dayCount, INDUSTRY);
}

/** Trends that last for months and then turn: without them a diffusion index would stay near one half. */
function regimeReturns(random: Random, dayCount: number, style: RegimeStyle): Float64Array {
  const returns = new Float64Array(dayCount);
  let drift = 0;
  let regimeEnd = 0;
  for (let day = 0; day < dayCount; day++) {
    if (day === regimeEnd) {
      // Half of the last drift is taken back, which keeps four years of trends from adding up to absurd levels.
      drift = -0.5 * drift + style.driftSpread * random.normal();
      regimeEnd = day + random.integer(style.shortest, style.longest);
    }
    returns[day] = drift + style.volatility * random.normal();
  }
  return returns;
}
