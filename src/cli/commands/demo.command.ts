import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { SYNTHETIC_SOURCE } from '../../domain/price-series.js';
import { type Workspace, withWorkspace } from '../../workspace.js';
import { writeDemoMarket } from '../demo-market/demo-market.js';
import { formatImportReport } from '../import-summary.js';
import { progressBar } from '../progress-bar.js';
import { serve } from '../serve.js';

export const demoCommand = new Command('demo')
  .description('make the synthetic demo market, once, through the ordinary importer, and serve it')
  .action(() =>
    withWorkspace(async (workspace) => {
      await loadDemoMarket(workspace);
      await serve(workspace);
    }),
  );

/** Does nothing where any data are loaded: neither real data nor an earlier demo are touched. */
async function loadDemoMarket(workspace: Workspace): Promise<void> {
  const markets = await workspace.markets();
  if (markets.current().dataVersion > 0) return;
  process.stderr.write('Making a synthetic demo market: every price in it is invented.\n');
  const directory = await mkdtemp(join(tmpdir(), 'lundong-demo-'));
  try {
    const importer = workspace.importer();
    for (const { dataset, path, adjustment } of await writeDemoMarket(directory)) {
      const bar = progressBar(`import ${dataset}`);
      const report = await importer
        .run(
          {
            dataset,
            paths: [path],
            source: SYNTHETIC_SOURCE,
            adjustment: adjustment ?? null,
            validFrom: null,
            quarantine: false,
          },
          bar.update,
        )
        .finally(bar.stop);
      process.stderr.write(`${formatImportReport(report)}\n`);
    }
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}
