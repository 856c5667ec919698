import { createHash } from 'node:crypto';
import { createRemoteJWKSet, errors, type JWTPayload, jwtVerify } from 'jose';
import { LRUCache } from 'lru-cache';
import { type Caller, isScope } from '../../domain/access.js';
import { LundongError } from '../../domain/errors.js';

/** Whose tokens are accepted. */
export interface JwtSettings {
  readonly issuer: string;
  readonly audience: string;
  readonly jwksUrl: string;
  /** Claim with the scopes, as a list or as words with spaces between them. */
  readonly scopeClaim: string;
}

const KEPT_TOKENS = 1000;
/** How long a verified token is believed without looking at the issuer's keys again. */
const BELIEVED_MS = 60_000;
/** Seconds by which clocks may differ. */
const CLOCK_TOLERANCE = 5;

/** Public-key signatures only: with a shared secret everybody who can check a token could make one. */
const ALGORITHMS = [
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'ES256',
  'ES384',
  'ES512',
  'EdDSA',
  'Ed25519',
];

/** Verifies tokens of an issuer by its published keys (RFC 7517, RFC 7519). */
export class JwtVerifier {
  private readonly keys: ReturnType<typeof createRemoteJWKSet>;
  private readonly believed = new LRUCache<string, Caller>({ max: KEPT_TOKENS, ttl: BELIEVED_MS });

  constructor(private readonly settings: JwtSettings) {
    this.keys = createRemoteJWKSet(new URL(settings.jwksUrl), { timeoutDuration: 5000 });
  }

  /**
   * @returns who holds the token, or why it is not good: for people, without the token
   * @throws LundongError AUTHENTICATION_UNAVAILABLE when the issuer's keys cannot be had
   */
  async verify(token: string): Promise<Caller | string> {
    // Not the token itself: what lies in memory must not open anything.
    const hash = createHash('sha256').update(token).digest('base64');
    const known = this.believed.get(hash);
    if (known !== undefined && Number(known.expiresAt) > Date.now()) return known;
    try {
      const { issuer, audience } = this.settings;
      const { payload } = await jwtVerify(token, this.keys, {
        issuer,
        audience,
        algorithms: ALGORITHMS,
        clockTolerance: CLOCK_TOLERANCE,
        requiredClaims: ['sub', 'exp'],
      });
      const caller = this.callerOf(payload);
      this.believed.set(hash, caller);
      return caller;
    } catch (error) {
      const reason = reasonOf(error);
      if (reason !== null) return reason;
      throw new LundongError(
        'AUTHENTICATION_UNAVAILABLE',
        'The keys that tokens are checked with cannot be had just now; try again in a moment.',
        { retryAfter: 5 },
        { cause: error },
      );
    }
  }

  private callerOf(payload: JWTPayload): Caller {
    const claim = payload[this.settings.scopeClaim];
    const words = Array.isArray(claim) ? claim : typeof claim === 'string' ? claim.split(' ') : [];
    return {
      name: `jwt:${String(payload.sub).slice(0, 100)}`,
      scopes: new Set(words.filter(isScope)),
      expiresAt: Number(payload.exp) * 1000,
      pointsPerMinute: null,
    };
  }
}

/** @returns null where it is not the token's fault */
function reasonOf(error: unknown): string | null {
  if (error instanceof errors.JWTExpired) return 'has expired';
  if (error instanceof errors.JWTClaimValidationFailed) return `has a claim "${error.claim}" that will not do`;
  if (
    error instanceof errors.JWSSignatureVerificationFailed ||
    error instanceof errors.JWKSNoMatchingKey ||
    error instanceof errors.JWKSMultipleMatchingKeys ||
    error instanceof errors.JOSEAlgNotAllowed ||
    error instanceof errors.JOSENotSupported
  )
    return 'is not signed by the issuer';
  return error instanceof errors.JWSInvalid || error instanceof errors.JWTInvalid ? 'is no JWT' : null;
}
