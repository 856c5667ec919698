import { Command, InvalidArgumentError } from 'commander';
import { isScope, SCOPES, type Scope } from '../../domain/access.js';
import { isPlainName, PLAIN_NAME_RULE } from '../../domain/plain-name.js';
import { type ApiKeyRow, createKey, listKeys, revokeKey, rotateKey } from '../../store/access-key.repository.js';
import { withWorkspace } from '../../workspace.js';
import { operator } from '../operator.js';
import { formatTable } from '../text-table.js';

const DAY_MS = 86_400_000;

interface CreateOptions {
  readonly scopes: readonly Scope[];
  readonly days?: number;
  readonly pointsPerMinute?: number;
}

export const keysCommand = new Command('keys').description('make, list, rotate and revoke the keys of callers');

keysCommand
  .command('create')
  .description('make a key and print it, this once: only a hash of it is kept')
  .argument('<name>', 'whose key it is, for the list', toName)
  .option('--scopes <scopes>', `what it may do, of ${SCOPES.join(',')}; none includes another`, toScopes, ['read'])
  .option('--days <n>', 'how long it is good (default: until it is revoked)', toDays)
  .option('--points-per-minute <n>', 'what it may spend in a minute (default: RATE_LIMIT)', toPositive)
  .action((name: string, { scopes, days, pointsPerMinute }: CreateOptions) =>
    withWorkspace(async ({ store }) => {
      const expiresAt = days === undefined ? null : new Date(Date.now() + days * DAY_MS);
      const key = { name, scopes, expiresAt, pointsPerMinute: pointsPerMinute ?? null };
      printKey(await createKey(store.manager, operator(), key));
    }),
  );

keysCommand
  .command('list')
  .description('print every key there ever was, without what opens anything')
  .action(() =>
    withWorkspace(async ({ store }) => {
      process.stdout.write(`${formatKeys(await listKeys(store.manager))}\n`);
    }),
  );

keysCommand
  .command('rotate')
  .description('make a key that may do the same, and let the old one end')
  .argument('<id>', 'the twelve characters after ldk_')
  .option('--overlap-hours <n>', 'how long the old one stays good, so that its holders can change over', toHours, 24)
  .action((id: string, { overlapHours }: { overlapHours: number }) =>
    withWorkspace(async ({ store }) => printKey(await rotateKey(store.manager, operator(), id, overlapHours))),
  );

keysCommand
  .command('revoke')
  .description('end a key at once, in every server, and close its sockets')
  .argument('<id>', 'the twelve characters after ldk_')
  .action((id: string) => withWorkspace(({ store }) => revokeKey(store.manager, operator(), id)));

/** The key alone on standard output, so that it can be piped; what to do with it on standard error. */
function printKey(key: string): void {
  process.stdout.write(`${key}\n`);
  process.stderr.write('Keep it now: it cannot be shown again. Callers send it as "Authorization: Bearer <key>".\n');
}

function formatKeys(keys: readonly ApiKeyRow[]): string {
  const moment = (date: Date | null): string => date?.toISOString().slice(0, 16).replace('T', ' ') ?? '';
  const state = ({ revokedAt, expiresAt }: ApiKeyRow): string =>
    revokedAt !== null ? 'revoked' : expiresAt !== null && expiresAt.getTime() <= Date.now() ? 'expired' : 'good';
  return formatTable([
    ['id', 'name', 'scopes', 'state', 'made', 'expires', 'last used', 'points a minute', 'replaces'],
    ...keys.map((key) => [
      key.id,
      key.name,
      key.scopes.join(','),
      state(key),
      moment(key.createdAt),
      moment(key.expiresAt),
      moment(key.lastUsedAt),
      key.pointsPerMinute?.toLocaleString('en') ?? '',
      key.replaces ?? '',
    ]),
  ]);
}

function toName(text: string): string {
  if (!isPlainName(text))
    throw new InvalidArgumentError(`It is what lists and metrics call the key; ${PLAIN_NAME_RULE}.`);
  return text;
}

function toScopes(text: string): Scope[] {
  const words = text.split(',').map((word) => word.trim());
  const unknown = words.find((word) => !isScope(word));
  if (unknown !== undefined)
    throw new InvalidArgumentError(`"${unknown}" is no scope; there are: ${SCOPES.join(', ')}.`);
  return [...new Set(words.filter(isScope))];
}

/** A later end than a hundred years from now is none that a database could keep. */
const MOST_DAYS = 36_500;

function toDays(text: string): number {
  const days = toPositive(text);
  if (days > MOST_DAYS) throw new InvalidArgumentError(`It must be at most ${MOST_DAYS}; leave it out for no end.`);
  return days;
}

function toPositive(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1 || value > 2_000_000_000)
    throw new InvalidArgumentError('It must be a whole number from 1 on.');
  return value;
}

function toHours(text: string): number {
  const value = Number(text);
  if (text.trim() === '' || !Number.isInteger(value) || value < 0 || value > 24 * 366)
    throw new InvalidArgumentError('It must be a whole number from 0 on.');
  return value;
}
