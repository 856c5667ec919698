/** A number of places for work that must not all go on at once; who finds none waits in line. */
export class Slots {
  private taken = 0;
  private readonly waiting: (() => void)[] = [];

  constructor(private readonly count: number) {}

  /** How many wait for a place. */
  get queued(): number {
    return this.waiting.length;
  }

  get isFull(): boolean {
    return this.taken >= this.count;
  }

  /** Runs `work` in a place, as soon as there is one. */
  async use<T>(work: () => Promise<T>): Promise<T> {
    if (this.isFull) await new Promise<void>((go) => this.waiting.push(go));
    else this.taken++;
    try {
      return await work();
    } finally {
      // The place goes to the next in line by hand, so that nobody who comes in between can take it as well.
      const next = this.waiting.shift();
      if (next === undefined) this.taken--;
      else next();
    }
  }
}
