import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { SYNTHETIC_SOURCE } from '../../domain/price-series.js';
import type { Workspace } from '../../workspace.js';
import { formatImportReport } from '../import-summary.js';
import { readModelFiles } from '../model-files.js';
import { operator } from '../operator.js';
import { progressBar } from '../progress-bar.js';
import { writeDemoMarket } from './demo-market.js';

/** Models come with the project; these were trained on real bars, and score the invented ones as they would any. */
const MODELS = fileURLToPath(new URL('../../../../models/', import.meta.url));

const toStandardError = (line: string): void => void process.stderr.write(`${line}\n`);

/** Brings the demo market in through the ordinary importer, and the models through the ordinary registry. */
export async function loadDemoMarket(workspace: Workspace, tell = toStandardError): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), 'lundong-demo-'));
  try {
    const importer = workspace.importer();
    for (const { dataset, path, adjustment } of await writeDemoMarket(directory)) {
      const bar = progressBar(`import ${dataset}`);
      const request = {
        actor: operator(),
        dataset,
        paths: [path],
        source: SYNTHETIC_SOURCE,
        adjustment: adjustment ?? null,
        validFrom: null,
        barMinutes: null,
        quarantine: false,
      };
      const report = await importer.run(request, bar.update).finally(bar.stop);
      tell(formatImportReport(report));
    }
    tell(`models: ${await registerModels(workspace)} registered`);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

/** @returns how many */
async function registerModels(workspace: Workspace): Promise<number> {
  const registry = workspace.modelRegistry();
  const manifests = (await readdir(MODELS)).filter((name) => name.endsWith('.json')).sort();
  const bar = progressBar('register models');
  try {
    for (const [done, name] of manifests.entries()) {
      bar.update({ step: name, done, total: manifests.length });
      const { manifest, bytes } = await readModelFiles(join(MODELS, name));
      await registry.register(operator(), manifest, bytes);
    }
  } finally {
    bar.stop();
  }
  return manifests.length;
}
