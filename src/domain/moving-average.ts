import { ExactRollingSum } from './exact-rolling-sum.js';

/**
 * Simple moving average of a series in time.
 *
 * @param series one value per row, NaN = not available
 * @param window number of rows averaged, the row itself included
 * @returns one average per row, NaN where not all `window` values are available
 */
export function movingAverage(series: Float64Array, window: number): Float64Array {
  const averages = new Float64Array(series.length).fill(Number.NaN);
  const sum = new ExactRollingSum();
  let available = 0;
  for (let row = 0; row < series.length; row++) {
    if (Number.isNaN(series[row])) {
      sum.clear();
      available = 0;
      continue;
    }
    sum.add(series[row]);
    if (available < window) available++;
    else sum.add(-series[row - window]);
    if (available === window) averages[row] = sum.value / window;
  }
  return averages;
}
