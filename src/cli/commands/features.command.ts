import { resolve } from 'node:path';
import { Command, Option } from 'commander';
import type { IndustryScheme } from '../../domain/industry.js';
import { parseLocalDate } from '../../domain/local-date.js';
import { CrossSectionSource } from '../../engines/gru/cross-section-source.js';
import { exportFeatures } from '../../engines/gru/feature-export.js';
import { withWorkspace } from '../../workspace.js';
import { progressBar } from '../progress-bar.js';

interface ExportOptions {
  readonly from: string;
  readonly to: string;
  readonly out: string;
  readonly scheme: IndustryScheme;
}

const exportCommand = new Command('export')
  .description('write the features of a range as arrays for NumPy, the very numbers that models are fed')
  .requiredOption('--from <date>', 'first date')
  .requiredOption('--to <date>', 'last date')
  .requiredOption('--out <folder>', 'where to: a new or empty folder, or one with an earlier export, which is replaced')
  .addOption(
    new Option('--scheme <scheme>', 'whose industries the index names')
      .choices(['CITIC_L1', 'SW_L1'])
      .default('CITIC_L1'),
  )
  .action(({ from, to, out, scheme }: ExportOptions) =>
    withWorkspace(async (workspace) => {
      const market = (await workspace.markets()).current();
      const source = new CrossSectionSource(workspace.store, workspace.duckdb);
      const bar = progressBar('export features');
      try {
        const { dates, codes, features, dataVersion, notes } = await exportFeatures(
          market,
          source,
          { from: parseLocalDate(from), to: parseLocalDate(to), scheme, directory: resolve(out) },
          bar.update,
        );
        bar.stop();
        const lines = [
          `features: ${dates.length} dates × ${codes.length} stocks × ${features.length} features, ${dates[0]} … ${dates.at(-1)}`,
          `  folder       ${resolve(out)}`,
          `  dataVersion  ${dataVersion}`,
          ...notes.map((note) => `  note: ${note}`),
        ];
        process.stdout.write(`${lines.join('\n')}\n`);
      } finally {
        bar.stop();
      }
    }),
  );

export const featuresCommand = new Command('features')
  .description('the features that models are trained on')
  .addCommand(exportCommand);
