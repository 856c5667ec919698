import type { Caller } from '../../domain/access.js';

/** So many names of keys are told apart. */
const MOST_NAMES = 200;

/**
 * Callers as metrics name them: by what a key is called, which its successors are called too; never by the key. Those
 * without one share a label, since whoever issues tokens could make up subjects without end.
 */
export class CallerLabels {
  private readonly names = new Set<string>();

  constructor(private readonly keyNameOf: (caller: Caller) => string | null) {}

  of(caller: Caller): string {
    const name = this.keyNameOf(caller);
    if (name === null) return caller.name.startsWith('jwt:') ? '(token)' : '(no key)';
    if (this.names.has(name)) return name;
    if (this.names.size >= MOST_NAMES) return '(other key)';
    this.names.add(name);
    return name;
  }
}
