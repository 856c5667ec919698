import { randomUUID } from 'node:crypto';
import { realpath, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, extname, join, resolve } from 'node:path';
import { Command, Option } from 'commander';
import { LundongError } from '../../domain/errors.js';
import { parseLocalDate } from '../../domain/local-date.js';
import { type ReportBlock, reportDocument } from '../../modules/report/report-document.js';
import { reportMarkdown } from '../../modules/report/report-markdown.js';
import type { ReportLanguage } from '../../modules/report/report-words.js';
import { createServices } from '../../modules/services.js';
import { withWorkspace } from '../../workspace.js';

interface ReportOptions {
  readonly week?: string;
  readonly out: string;
  readonly language: ReportLanguage;
}

type Format = (blocks: readonly ReportBlock[], language: ReportLanguage) => string;

/** By the ending of the file's name. The charts' library is loaded for pages alone: it would delay every command. */
const FORMATS: Readonly<Record<string, () => Promise<Format>>> = {
  '.md': async () => reportMarkdown,
  '.html': async () => (await import('../report/report-page.js')).reportPage,
};

export const reportCommand = new Command('report')
  .description('write the weekly report of industries, funds and models to a file')
  .option('--week <date>', 'last day of the week (default: the newest day with closes of CITIC industries)')
  .requiredOption('--out <file>', 'where to: a name that ends in .md for Markdown, in .html for a page with charts')
  .addOption(new Option('--language <language>', 'language of the report').choices(['en', 'zh']).default('en'))
  .action(({ week, out, language }: ReportOptions) => {
    const loadFormat = formatOf(out);
    const weekEnding = week === undefined ? null : parseLocalDate(week);
    return withWorkspace(async (workspace) => {
      const market = (await workspace.markets()).current();
      const { reports } = createServices(workspace.store, workspace.engines, workspace.modelRegistry());
      const report = await reports.report(market, weekEnding, null);
      const format = await loadFormat();
      await write(out, format(reportDocument(report, language), language));
      const state = report.published ? 'complete' : 'not complete in these data';
      process.stdout.write(`report: week to ${report.weekEnding}, ${state}\n  file  ${resolve(out)}\n`);
    });
  });

/** @throws LundongError INVALID_ARGUMENT for a name that tells no format */
function formatOf(out: string): () => Promise<Format> {
  const format = FORMATS[extname(out).toLowerCase()];
  if (format === undefined)
    throw new LundongError('INVALID_ARGUMENT', `--out ${out}: the name ends in neither .md nor .html; choose one.`);
  return format;
}

/**
 * Puts the whole report in its place at once: a disk that fills up, or a process that dies, leaves the one of before.
 *
 * @throws LundongError INVALID_ARGUMENT where the file cannot be written
 */
async function write(out: string, text: string): Promise<void> {
  // What a link leads to is replaced, not the link.
  const file = await realpath(out).catch(() => out);
  const part = join(dirname(file), `.${randomUUID()}.tmp`);
  try {
    await writeFile(part, text);
    await rename(part, file);
  } catch (error) {
    await rm(part, { force: true }).catch(() => undefined);
    const cause = error as NodeJS.ErrnoException;
    throw new LundongError(
      'INVALID_ARGUMENT',
      `--out ${out} cannot be written: ${cause.code}; name a file in a folder that is there and may be written to.`,
      {},
      { cause },
    );
  }
}
