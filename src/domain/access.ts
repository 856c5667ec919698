/** What a caller may do. None includes another: a key is given exactly those it needs. */
export const SCOPES = ['read', 'compute', 'admin'] as const;

export type Scope = (typeof SCOPES)[number];

/** Who asks. */
export interface Caller {
  /** `key:<id>`, `jwt:<subject>` or, where no key is asked for, `address:<address>`. */
  readonly name: string;
  readonly scopes: ReadonlySet<Scope>;
  /** Milliseconds since 1970; null where it has no end. */
  readonly expiresAt: number | null;
  /** Points a minute that this caller may spend; null for as many as anybody. */
  readonly pointsPerMinute: number | null;
}

/** The parts of an API key as its holder has it: by the id it is found, by the secret it is proved. */
export interface ApiKey {
  readonly id: string;
  readonly secret: string;
}

/** `ldk_`, so that scanners for leaked secrets can know one; 12 characters of id; 256 random bits in base64url. */
const API_KEY = /^ldk_([0-9a-f]{12})_([A-Za-z0-9_-]{43})$/;

export function formatApiKey({ id, secret }: ApiKey): string {
  return `ldk_${id}_${secret}`;
}

/** @returns null for a text that cannot be a key */
export function parseApiKey(text: string): ApiKey | null {
  const match = API_KEY.exec(text);
  return match === null ? null : { id: match[1] as string, secret: match[2] as string };
}

export function isScope(text: unknown): text is Scope {
  return SCOPES.includes(text as Scope);
}
