import { Argument, Command, Option } from 'commander';
import { parseLocalDate } from '../../domain/local-date.js';
import { type Adjustment, BAR_MINUTES, type BarMinutes } from '../../domain/price-series.js';
import { DATASET_NAMES, type DatasetName, describeDatasets } from '../../lake/datasets.js';
import { withWorkspace } from '../../workspace.js';
import { formatImportReport } from '../import-summary.js';
import { operator } from '../operator.js';
import { progressBar } from '../progress-bar.js';

interface ImportOptions {
  readonly source: string;
  readonly adjust?: Adjustment;
  readonly validFrom?: string;
  readonly barMinutes?: string;
  readonly quarantine: boolean;
}

export const importCommand = new Command('import')
  .description('bring market data into the lake; all of it or, where anything is wrong, nothing')
  .addArgument(new Argument('<dataset>', 'what the files hold').choices(DATASET_NAMES))
  .argument('<files...>', 'CSV, CSV.gz or Parquet')
  .option('--source <name>', 'whose data these are; series of different sources are kept apart', 'default')
  .addOption(
    new Option(
      '--adjust <kind>',
      'how the prices of stock_daily or etf_daily are adjusted (default: by the file name, else none)',
    ).choices(['none', 'qfq', 'hfq']),
  )
  .option(
    '--valid-from <date>',
    'for a membership snapshot: let it rule from this earlier date; what rests on it says so',
  )
  .addOption(
    new Option('--bar-minutes <n>', 'how long the bars of minute_bar are (default: told by the data)').choices(
      BAR_MINUTES.map(String),
    ),
  )
  .option('--quarantine', 'set bad rows aside and take the rest', false)
  .addHelpText('after', () => `\nData sets, their columns and units:\n\n${describeDatasets()}\n`)
  .action(async (dataset: DatasetName, paths: string[], options: ImportOptions) => {
    await withWorkspace(async (workspace) => {
      const bar = progressBar(`import ${dataset}`);
      try {
        const report = await workspace.importer().run(
          {
            actor: operator(),
            dataset,
            paths,
            source: options.source,
            adjustment: options.adjust ?? null,
            validFrom: options.validFrom === undefined ? null : parseLocalDate(options.validFrom),
            barMinutes: options.barMinutes === undefined ? null : (Number(options.barMinutes) as BarMinutes),
            quarantine: options.quarantine,
          },
          bar.update,
        );
        bar.stop();
        process.stdout.write(`${formatImportReport(report)}\n`);
      } finally {
        bar.stop();
      }
    });
  });
