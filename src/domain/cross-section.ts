import { FEATURES, FEWEST_STOCKS } from './intraday-features.js';
import { medianOf } from './quickselect.js';

/** Makes the median absolute deviation of normally distributed values their standard deviation. */
const MAD_TO_DEVIATION = 1.4826;

/** In such deviations, how far from the median a value may stay as it is. */
const WINSOR_WIDTH = 3;

/** Features are of the size of returns and shares: a standard deviation below this is rounding. */
const NO_SPREAD = 1e-12;

/**
 * Makes values comparable across stocks: cut at median ± 3 · 1.4826 · MAD (MAD: the median of |value − median|), then
 * (value − mean) / standard deviation, ddof 1, mean and deviation those of the cut values. NaN stays NaN and counts for
 * nothing. Where nothing spreads – one value, all the same, or more than half the same and hence MAD = 0 – every value
 * is 0: such a feature sets no stock apart.
 *
 * @param values changed in place
 * @param scratch at least as long as `values`; its content is lost
 */
export function standardise(values: Float64Array, scratch: Float64Array): void {
  let count = 0;
  for (const value of values) if (!Number.isNaN(value)) scratch[count++] = value;
  if (count === 0) return;
  const median = medianOf(scratch, count);
  for (let i = 0; i < count; i++) scratch[i] = Math.abs(scratch[i] - median);
  const width = WINSOR_WIDTH * MAD_TO_DEVIATION * medianOf(scratch, count);
  const [lowest, highest] = [median - width, median + width];
  let sum = 0;
  for (let i = 0; i < values.length; i++) {
    const value = values[i];
    if (value < lowest) values[i] = lowest;
    else if (value > highest) values[i] = highest;
    if (!Number.isNaN(value)) sum += values[i];
  }
  const mean = sum / count;
  let squares = 0;
  for (const value of values) if (!Number.isNaN(value)) squares += (value - mean) ** 2;
  const deviation = count > 1 ? Math.sqrt(squares / (count - 1)) : 0;
  for (let i = 0; i < values.length; i++)
    if (!Number.isNaN(values[i])) values[i] = deviation > NO_SPREAD ? (values[i] - mean) / deviation : 0;
}

/**
 * Standardises the features of a date across the stocks, one with each step that the caller takes; where the stocks are
 * fewer than 20, all are missing.
 *
 * @param features features × stocks, feature by feature; changed in place
 */
export function* standardiseFeatures(features: Float64Array, stocks: number): Generator<void> {
  if (stocks < FEWEST_STOCKS) {
    features.fill(Number.NaN);
    return;
  }
  const scratch = new Float64Array(stocks);
  for (let start = 0; start < features.length; start += stocks) {
    standardise(features.subarray(start, start + stocks), scratch);
    yield;
  }
}

/**
 * The same features as models are fed: stocks × features, stock by stock.
 *
 * @param features features × stocks, feature by feature
 */
export function stockByStock(features: Float64Array, stocks: number): Float32Array {
  const width = FEATURES.length;
  const section = new Float32Array(features.length);
  for (let feature = 0; feature < width; feature++)
    for (let stock = 0; stock < stocks; stock++) section[stock * width + feature] = features[feature * stocks + stock];
  return section;
}
