import { readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import * as marketData from '../../store/market-data.repository.js';
import type { Store } from '../../store/store.js';

/** A reader that resolved the manifest before an import landed has this long to open the files it was told. */
const STRAY_FILE_GRACE_MS = 10 * 60_000;

/**
 * Deletes files that the manifest does not name, left by an import that died or replaced by a later one, once no
 * reader can still be on its way to them. Only in the folder of this database: the lake may serve others as well.
 */
export async function sweepLake(lake: string, lakeId: string, store: Store): Promise<void> {
  const named = await marketData.namedFiles(store.manager);
  const found = await readdir(join(lake, lakeId), { recursive: true }).catch(() => []);
  const paths = found.filter((path) => path.endsWith('.parquet')).map((path) => join(lakeId, path));
  for (const path of paths.filter((one) => !named.has(one))) {
    const file = join(lake, path);
    if (Date.now() - (await stat(file)).mtimeMs > STRAY_FILE_GRACE_MS) await rm(file, { force: true });
  }
}
