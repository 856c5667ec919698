import { setTimeout as sleep } from 'node:timers/promises';
import type { ApiKey, Caller } from '../../domain/access.js';
import { ACCESS_CHANNEL, type ApiKeyRow, listKeys, noteKeyUse, provesKey } from '../../store/access-key.repository.js';
import type { Store } from '../../store/store.js';

/** Between two readings for keys that nobody knows: whoever makes some up must not keep the database busy. */
const PAUSE_MS = 100;
const NOTE_USE_EVERY_MS = 60_000;

/**
 * All keys, in memory: a request proves itself without asking the database. Another process's changes arrive by
 * notification, and after a lost connection all is read anew.
 */
export class KeyRing {
  private keys: ReadonlyMap<string, ApiKeyRow> = new Map();
  private readonly notedAt = new Map<string, number>();
  private reloading: Promise<void> | null = null;
  private looking: Promise<void> | null = null;
  /** Readings that have begun, and the one that the keys are from. */
  private begun = 0;
  private taken = 0;
  private stopListening: () => Promise<void> = async () => undefined;

  private constructor(
    private readonly store: Store,
    private readonly onChange: () => void,
    private readonly onError: (error: unknown) => void,
  ) {}

  /** @param onChange called whenever the keys were read anew */
  static async open(store: Store, onChange: () => void, onError: (error: unknown) => void): Promise<KeyRing> {
    const ring = new KeyRing(store, onChange, onError);
    ring.stopListening = await store.listen(
      ACCESS_CHANNEL,
      () => void ring.reload().catch(onError),
      () => ring.reload(),
    );
    return ring;
  }

  /** Whether there is a key that opens anything. */
  get isEmpty(): boolean {
    return ![...this.keys.values()].some((key) => reasonAgainst(key) === null);
  }

  /** @returns whose key it is, or why it is not good: for people, without the key */
  async verify({ id, secret }: ApiKey): Promise<Caller | string> {
    // One that was made a moment ago may have come faster than its notification.
    if (!this.keys.has(id)) await this.lookAgain();
    const key = this.keys.get(id);
    if (key === undefined || !provesKey(key, secret)) return 'is not known';
    const reason = reasonAgainst(key);
    if (reason !== null) return reason;
    this.noteUse(id);
    return {
      name: `key:${id}`,
      scopes: new Set(key.scopes),
      expiresAt: key.expiresAt?.getTime() ?? null,
      pointsPerMinute: key.pointsPerMinute,
    };
  }

  /** Why a key that was good is so no more; null while it is. */
  reasonAgainst(id: string): string | null {
    const key = this.keys.get(id);
    return key === undefined ? 'is not known' : reasonAgainst(key);
  }

  /** What its maker called a key. */
  nameOf(id: string): string | null {
    return this.keys.get(id)?.name ?? null;
  }

  close(): Promise<void> {
    return this.stopListening();
  }

  private async reload(): Promise<void> {
    // What is being read may be older than the change that asks for it: read once more, then.
    if (this.reloading !== null) await this.reloading.catch(() => undefined);
    this.reloading ??= this.read().finally(() => {
      this.reloading = null;
    });
    await this.reloading;
  }

  /** Reads once, after a pause, for all that ask meanwhile. */
  private lookAgain(): Promise<void> {
    this.looking ??= sleep(PAUSE_MS, undefined, { ref: false })
      .then(() => this.read())
      .finally(() => {
        this.looking = null;
      });
    return this.looking;
  }

  private async read(): Promise<void> {
    const reading = ++this.begun;
    const rows = await listKeys(this.store.manager);
    // Two may be under way, and the one that began before a key was revoked may be the last to end.
    if (reading < this.taken) return;
    this.taken = reading;
    this.keys = new Map(rows.map((row) => [row.id, row]));
    this.onChange();
  }

  private noteUse(id: string): void {
    const now = Date.now();
    if (now - (this.notedAt.get(id) ?? 0) < NOTE_USE_EVERY_MS) return;
    this.notedAt.set(id, now);
    noteKeyUse(this.store.manager, id).catch(this.onError);
  }
}

function reasonAgainst({ revokedAt, expiresAt }: ApiKeyRow): string | null {
  if (revokedAt !== null) return 'was revoked';
  return expiresAt !== null && expiresAt.getTime() <= Date.now() ? 'has expired' : null;
}
