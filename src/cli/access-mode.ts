import type { Config } from '../config.js';
import { LundongError } from '../domain/errors.js';
import { type AccessMode, isLoopback } from '../http/access/access.js';

/** What the operator is told about who may ask. */
const ANNOUNCEMENTS: Readonly<Record<AccessMode, string>> = {
  KEYS: 'every caller needs a key',
  LOOPBACK: 'open to programs on this machine: no key is asked of them, and nobody else may ask without one',
  OPEN: 'open: no key is asked of anybody who reaches this address (ACCESS=open)',
};

/**
 * Who needs a key. Without ACCESS the demo is for this machine alone; `serve` is, too, on a loopback address as long as
 * there are no keys to ask for.
 *
 * @throws LundongError INVALID_CONFIG where nobody could ask, which is hardly meant
 */
export function chooseAccessMode(
  { access, host }: Pick<Config, 'access' | 'host'>,
  command: 'serve' | 'demo',
  hasCredentials: boolean,
): AccessMode {
  if (access === 'open') return 'OPEN';
  if (access === null && (command === 'demo' || (isLoopback(host) && !hasCredentials))) return 'LOOPBACK';
  if (!hasCredentials)
    throw new LundongError(
      'INVALID_CONFIG',
      `A key would be needed to ask on HOST="${host}", and there is none. Make one with lundong keys create, set JWT_ISSUER, JWT_AUDIENCE and JWT_JWKS_URL, or let anybody ask with ACCESS=open.`,
      { host },
    );
  return 'KEYS';
}

export function announceAccess(mode: AccessMode): string {
  return `access: ${ANNOUNCEMENTS[mode]}`;
}
