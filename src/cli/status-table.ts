import { describeSeries } from '../domain/price-series.js';
import type { Market } from '../lake/market.js';
import { formatTable } from './text-table.js';

/** What is loaded, as a table for the terminal. */
export async function formatStatus(market: Market): Promise<string> {
  const status = await market.status();
  const table = [
    ['data set', 'rows', 'codes', 'from', 'to', 'imported'],
    ...status.map((dataset) => [
      dataset.name,
      dataset.rows.toLocaleString('en'),
      dataset.codes === 0 ? '' : dataset.codes.toLocaleString('en'),
      dataset.from ?? '',
      dataset.to ?? '',
      dataset.importedAt?.toISOString().slice(0, 19).replace('T', ' ') ?? '',
    ]),
  ];
  const series = market.allSeries.map(
    (one) => `  ${describeSeries(one)}: ${one.firstDate} … ${one.lastDate}, ${one.rows.toLocaleString('en')} rows`,
  );
  return [
    `dataVersion ${market.dataVersion}${market.synthetic ? ', synthetic demo market' : ''}`,
    formatTable(table, (column) => column === 1 || column === 2),
    ...(series.length > 0 ? ['price series, in the order in which they are asked:', ...series] : []),
  ].join('\n');
}
