import { FEATURES, FEWEST_WINDOW_DAYS, WINDOW_DAYS } from './intraday-features.js';
import { positionsIn } from './sorted-codes.js';

/** The standardised features of a date. */
export interface SectionFeatures {
  /** Ascending. */
  readonly codes: readonly string[];
  /** Stocks × features, stock by stock; NaN where a feature is missing. */
  readonly features: Float32Array;
}

/**
 * Puts together what a model looks at on a date, a day at a time, so that others can go on in between: first every day
 * is counted, then every day is filled in.
 */
export class WindowAssembly {
  private readonly positions: (Int32Array | null)[] = new Array(WINDOW_DAYS).fill(null);
  private readonly daysPresent: Int32Array;
  private scored: Int32Array | null = null;
  private input = new Float32Array(0);

  /** @param codes stocks with bars on the date, ascending */
  constructor(private readonly codes: readonly string[]) {
    this.daysPresent = new Int32Array(codes.length);
  }

  /** @param day position in the window, 0 = the oldest */
  count(day: number, { codes }: SectionFeatures): void {
    const positions = positionsIn(codes, this.codes);
    this.positions[day] = positions;
    for (let i = 0; i < positions.length; i++) if (positions[i] >= 0) this.daysPresent[i]++;
  }

  /** Features that are missing stay 0, the centre of the cross-section. Every day must have been counted. */
  fill(day: number, { features }: SectionFeatures): void {
    this.scored ??= this.startFilling();
    const positions = this.positions[day] as Int32Array;
    const width = FEATURES.length;
    for (let row = 0; row < this.scored.length; row++) {
      const position = positions[this.scored[row]];
      if (position < 0) continue;
      const target = (row * WINDOW_DAYS + day) * width;
      for (let feature = 0; feature < width; feature++) {
        const value = features[position * width + feature];
        if (!Number.isNaN(value)) this.input[target + feature] = value;
      }
    }
  }

  /**
   * `codes`, `x`: the stocks that have bars on at least 32 of the 40 days, and stocks × 40 × 12 features for them, oldest
   * day first; `shortOfDays`: the others.
   */
  finish(): { codes: string[]; x: Float32Array; shortOfDays: string[] } {
    this.scored ??= this.startFilling();
    return {
      codes: Array.from(this.scored, (index) => this.codes[index]),
      x: this.input,
      shortOfDays: this.codes.filter((_, index) => this.daysPresent[index] < FEWEST_WINDOW_DAYS),
    };
  }

  private startFilling(): Int32Array {
    const scored = Int32Array.from(this.codes.keys()).filter((index) => this.daysPresent[index] >= FEWEST_WINDOW_DAYS);
    this.input = new Float32Array(scored.length * WINDOW_DAYS * FEATURES.length);
    return scored;
  }
}
