import { Counter, type Registry } from 'prom-client';

/** One series of a counter; whoever holds it counts by adding to it. */
export interface Series {
  count: number;
}

/**
 * A counter for what happens with every answer. The library's own takes 0.3 µs to add one, since it words the labels anew
 * each time; here the series is an object, and the library is told when somebody asks.
 */
export class SeriesCounter<Label extends string> {
  private readonly series = new Map<string, Series & { readonly labels: Partial<Record<Label, string>> }>();

  constructor(
    registry: Registry,
    metric: { readonly name: string; readonly help: string },
    private readonly labelNames: readonly Label[],
  ) {
    const { series } = this;
    new Counter<Label>({
      ...metric,
      labelNames,
      registers: [registry],
      collect() {
        this.reset();
        for (const { labels, count } of series.values()) this.inc(labels, count);
      },
    });
  }

  /** @param values of the labels, in their order: each from a bounded set */
  with(...values: readonly string[]): Series {
    const key = values.join('\0');
    const known = this.series.get(key);
    if (known !== undefined) return known;
    const labels = Object.fromEntries(this.labelNames.map((name, index) => [name, values[index]]));
    const made = { labels: labels as Partial<Record<Label, string>>, count: 0 };
    this.series.set(key, made);
    return made;
  }
}
