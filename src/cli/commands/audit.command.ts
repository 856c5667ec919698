import { Command, InvalidArgumentError } from 'commander';
import { readAudit } from '../../store/access-audit.repository.js';
import { withWorkspace } from '../../workspace.js';
import { formatTable } from '../text-table.js';

const MOST = 100_000;

export const auditCommand = new Command('audit')
  .description('print who made or revoked keys, imported data, registered models or sent mutations, newest first')
  .option('--last <n>', 'how many entries', toCount, 50)
  .action(({ last }: { last: number }) =>
    withWorkspace(async ({ store }) => {
      const rows = await readAudit(store.manager, last);
      const table = formatTable([
        ['when', 'who', 'what', 'of what', 'variables', 'outcome'],
        ...rows.map(({ at, actor, action, subject, variablesHash, outcome }) => [
          at.toISOString().slice(0, 19).replace('T', ' '),
          actor,
          action,
          subject,
          variablesHash?.slice(0, 12) ?? '',
          outcome,
        ]),
      ]);
      process.stdout.write(`${table}\n`);
    }),
  );

function toCount(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1 || value > MOST)
    throw new InvalidArgumentError(`It must be a whole number from 1 to ${MOST}.`);
  return value;
}
