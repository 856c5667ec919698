import { Presets, SingleBar } from 'cli-progress';
import type { ProgressListener } from '../lake/import/import-report.js';

/** A bar on the terminal; silent where standard error is none, so that logs and pipes stay clean. */
export function progressBar(title: string): { update: ProgressListener; stop: () => void } {
  if (!process.stderr.isTTY) return { update: () => undefined, stop: () => undefined };
  const bar = new SingleBar(
    {
      format: `${title} {bar} {percentage} % | {step}`,
      stream: process.stderr,
      clearOnComplete: true,
      hideCursor: true,
    },
    Presets.shades_classic,
  );
  bar.start(1, 0, { step: '' });
  return {
    update: ({ step, done, total }) => {
      bar.setTotal(total);
      bar.update(done, { step });
    },
    stop: () => bar.stop(),
  };
}
