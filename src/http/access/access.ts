import type { IncomingHttpHeaders } from 'node:http';
import { isIPv4 } from 'node:net';
import { type Caller, parseApiKey, SCOPES } from '../../domain/access.js';
import { LundongError } from '../../domain/errors.js';
import type { Store } from '../../store/store.js';
import { type JwtSettings, JwtVerifier } from './jwt-verifier.js';
import { KeyRing } from './key-ring.js';

/** Who needs a key: everybody; everybody but programs on this very machine; nobody. */
export type AccessMode = 'KEYS' | 'LOOPBACK' | 'OPEN';

/** What is known of a caller before it has proved anything. */
export interface Approach {
  readonly headers: IncomingHttpHeaders;
  /** Of the socket itself: what headers say of it anybody can write. */
  readonly remoteAddress: string | undefined;
  /** What stands in place of the header, for transports that cannot send one. */
  readonly authorization?: string | undefined;
}

/** A timer longer than this fires at once. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** Tells who asks, and for how long that holds. */
export class Access {
  private readonly held = new Map<() => void, Caller>();

  private constructor(
    readonly mode: AccessMode,
    private readonly jwt: JwtVerifier | null,
  ) {}

  private keys!: KeyRing;

  /** @param chooseMode is told whether there is any way to prove oneself */
  static async open(
    store: Store,
    jwt: JwtSettings | null,
    chooseMode: (hasCredentials: boolean) => AccessMode,
    onError: (error: unknown) => void,
  ): Promise<Access> {
    let access: Access | null = null;
    const keys = await KeyRing.open(store, () => access?.endInvalid(), onError);
    try {
      access = new Access(chooseMode(jwt !== null || !keys.isEmpty), jwt === null ? null : new JwtVerifier(jwt));
    } catch (error) {
      await keys.close();
      throw error;
    }
    access.keys = keys;
    return access;
  }

  /**
   * A key or token that is presented has to be good, even where none is asked for: whoever sends one relies on it.
   *
   * @throws LundongError UNAUTHENTICATED, AUTHENTICATION_UNAVAILABLE
   */
  async authenticate(approach: Approach): Promise<Caller> {
    const authorization = approach.authorization ?? approach.headers.authorization;
    if (authorization === undefined) return this.openCaller(approach);
    const [, token] = /^Bearer +([\w.~+/=-]{1,8192})$/i.exec(authorization) ?? [];
    if (token === undefined)
      throw unauthenticated('The Authorization header is none of ours; send "Authorization: Bearer <key>".');
    const key = parseApiKey(token);
    const outcome =
      key !== null ? await this.keys.verify(key) : ((await this.jwt?.verify(token)) ?? 'is no key of this server');
    if (typeof outcome === 'string')
      throw unauthenticated(`The key or token sent ${outcome}; ask for a new one where you had it from.`);
    return outcome;
  }

  /**
   * Calls back once, when the caller may no longer ask: its key was revoked, or its time is over.
   *
   * @returns a function that ends the watch
   */
  whileValid(caller: Caller, end: (reason: LundongError) => void): () => void {
    let timer: NodeJS.Timeout | null = null;
    const check = (): void => {
      const reason = this.reasonAgainst(caller);
      if (reason === null) {
        schedule();
        return;
      }
      release();
      end(unauthenticated(`The key or token sent at the beginning ${reason}.`));
    };
    const schedule = (): void => {
      if (timer !== null) clearTimeout(timer);
      if (caller.expiresAt === null) return;
      // The moment itself is not over yet when a timer fires early, by up to a millisecond.
      timer = setTimeout(check, Math.min(Math.max(caller.expiresAt - Date.now(), 0) + 1, LONGEST_TIMER_MS)).unref();
    };
    const release = (): void => {
      if (timer !== null) clearTimeout(timer);
      this.held.delete(check);
    };
    this.held.set(check, caller);
    schedule();
    return release;
  }

  /** What the maker of a caller's key called it; null for callers without a key. */
  keyNameOf({ name }: Caller): string | null {
    return name.startsWith(KEY_PREFIX) ? this.keys.nameOf(name.slice(KEY_PREFIX.length)) : null;
  }

  close(): Promise<void> {
    return this.keys.close();
  }

  private endInvalid(): void {
    for (const check of [...this.held.keys()]) check();
  }

  private reasonAgainst({ name, expiresAt }: Caller): string | null {
    if (expiresAt !== null && expiresAt <= Date.now()) return 'has expired';
    return name.startsWith(KEY_PREFIX) ? this.keys.reasonAgainst(name.slice(KEY_PREFIX.length)) : null;
  }

  private openCaller({ headers, remoteAddress }: Approach): Caller {
    const isOpen = this.mode === 'OPEN' || (this.mode === 'LOOPBACK' && isFromThisMachine(headers, remoteAddress));
    if (!isOpen)
      throw unauthenticated(
        this.mode === 'LOOPBACK'
          ? 'Only programs on the server’s own machine may ask without a key; send "Authorization: Bearer <key>".'
          : 'A key is needed; send "Authorization: Bearer <key>".',
      );
    const name = `address:${remoteAddress}`;
    return { name, scopes: ALL_SCOPES, expiresAt: null, pointsPerMinute: null };
  }
}

const ALL_SCOPES = new Set(SCOPES);

/** Of callers who hold a key; its public part follows. */
const KEY_PREFIX = 'key:';

/** Headers by which proxies say that the caller is elsewhere. */
const PROXY_HEADERS = [
  'forwarded',
  'x-forwarded-for',
  'x-forwarded-host',
  'x-forwarded-proto',
  'x-real-ip',
  'via',
  'cf-connecting-ip',
  'true-client-ip',
];

/**
 * Whether a program on this machine asks for itself. The socket must come from here, and three ways in which it could
 * still be somebody else's wish are ruled out: a proxy; a page that has its own host name resolve to 127.0.0.1; a page
 * that opens a socket to here, which browsers allow and tell of in Origin.
 */
export function isFromThisMachine(headers: IncomingHttpHeaders, remoteAddress: string | undefined): boolean {
  if (remoteAddress === undefined || !isLoopback(remoteAddress)) return false;
  if (PROXY_HEADERS.some((name) => headers[name] !== undefined)) return false;
  const { host, origin } = headers;
  if (host !== undefined && !isLoopbackHost(`http://${host}`)) return false;
  return origin === undefined || isLoopbackHost(origin);
}

/** Whether an address, or a name that can be nothing else, is this machine itself. */
export function isLoopback(host: string): boolean {
  const address = host.replace(/^\[(.*)\]$/, '$1').replace(/^::ffff:(?=\d+\.)/i, '');
  return address === '::1' || (address.startsWith('127.') && isIPv4(address)) || /^localhost$/i.test(address);
}

/** How nearly every program writes it: reading a URL takes a twentieth of the time of an answer that is kept. */
const PLAINLY_LOOPBACK = /^http:\/\/(?:127\.0\.0\.1|localhost)(?::\d{1,5})?$/;

/** What cannot be read is nobody's own name for this machine: no program sends it by itself. */
function isLoopbackHost(url: string): boolean {
  return PLAINLY_LOOPBACK.test(url) || (URL.canParse(url) && isLoopback(new URL(url).hostname));
}

function unauthenticated(message: string): LundongError {
  return new LundongError('UNAUTHENTICATED', message);
}
