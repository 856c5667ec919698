/** Something the server needs, and whether it is well. */
export interface HealthCheck {
  readonly name: string;
  /** Whether the server can give next to no answer without it. */
  readonly isVital: boolean;
  /** @returns null where all is well, else what is not, in words */
  readonly look: () => Promise<string | null>;
}

export interface HealthReport {
  /** `degraded`: it answers, but not everything, or not for long. */
  readonly status: 'ok' | 'degraded' | 'unavailable' | 'stopping';
  /** By name: `ok`, or what is not. */
  readonly checks: Readonly<Record<string, string>>;
}

/** However often it is asked, a check is made once in so long. */
const KEPT_MS = 1000;
/** A check that takes longer has failed; it is not made again before it has come to its end. */
const PATIENCE_MS = 2000;
/** A vital part may be away so long, which a restart of PostgreSQL takes, before callers are sent elsewhere. */
const GRACE_MS = 5000;
/** Failures further apart than this are two. */
const SAME_FAILURE_MS = 60_000;

/** Whether the server can answer, for whoever decides where requests go. */
export class Health {
  private stopping = false;
  private kept: { readonly at: number; readonly report: Promise<HealthReport> } | null = null;
  private readonly running = new Map<HealthCheck, Promise<string | null>>();
  private readonly failing = new Map<HealthCheck, { readonly since: number; readonly last: number }>();

  constructor(private readonly checks: readonly HealthCheck[]) {}

  /** From now on callers are sent elsewhere. */
  stop(): void {
    this.stopping = true;
  }

  /** Whether the server takes no new work. */
  get isStopping(): boolean {
    return this.stopping;
  }

  /** Takes at most two seconds, whatever hangs. */
  async report(): Promise<HealthReport> {
    if (this.stopping) return { status: 'stopping', checks: {} };
    const now = Date.now();
    if (this.kept === null || now - this.kept.at >= KEPT_MS) this.kept = { at: now, report: this.look() };
    return this.kept.report;
  }

  private async look(): Promise<HealthReport> {
    const reasons = await Promise.all(this.checks.map((check) => this.reasonOf(check)));
    let status: HealthReport['status'] = 'ok';
    for (const [index, check] of this.checks.entries()) {
      if (reasons[index] === null) {
        this.failing.delete(check);
        continue;
      }
      const now = Date.now();
      const before = this.failing.get(check);
      const since = before !== undefined && now - before.last < SAME_FAILURE_MS ? before.since : now;
      this.failing.set(check, { since, last: now });
      if (check.isVital && now - since >= GRACE_MS) status = 'unavailable';
      else if (status === 'ok') status = 'degraded';
    }
    return {
      status,
      checks: Object.fromEntries(this.checks.map(({ name }, index) => [name, reasons[index] ?? 'ok'])),
    };
  }

  private async reasonOf(check: HealthCheck): Promise<string | null> {
    const looking = this.running.get(check) ?? check.look().catch(() => 'does not answer');
    this.running.set(check, looking);
    void looking.then(() => this.running.delete(check));
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<string>((resolve) => {
      timer = setTimeout(resolve, PATIENCE_MS, `does not answer within ${PATIENCE_MS / 1000} seconds`);
    });
    return Promise.race([looking, late]).finally(() => clearTimeout(timer));
  }
}
