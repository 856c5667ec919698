import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SYNTHETIC_SOURCE } from '../../domain/price-series.js';
import type { Workspace } from '../../workspace.js';
import { formatImportReport } from '../import-summary.js';
import { progressBar } from '../progress-bar.js';
import { writeDemoMarket } from './demo-market.js';

/** Brings the demo market in through the ordinary importer. */
export async function loadDemoMarket(workspace: Workspace): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), 'lundong-demo-'));
  try {
    const importer = workspace.importer();
    for (const { dataset, path, adjustment } of await writeDemoMarket(directory)) {
      const bar = progressBar(`import ${dataset}`);
      const request = {
        dataset,
        paths: [path],
        source: SYNTHETIC_SOURCE,
        adjustment: adjustment ?? null,
        validFrom: null,
        barMinutes: null,
        quarantine: false,
      };
      const report = await importer.run(request, bar.update).finally(bar.stop);
      process.stderr.write(`${formatImportReport(report)}\n`);
    }
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}
