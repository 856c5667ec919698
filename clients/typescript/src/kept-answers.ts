import type { Answer } from './answer.js';

/** An answer and what the server knows it by. */
interface KeptAnswer {
  readonly tag: string;
  readonly answer: Answer<unknown>;
}

/** The answers that were used last, by what was asked. */
export class KeptAnswers {
  private readonly answers = new Map<string, KeptAnswer>();

  constructor(private readonly most: number) {}

  get(key: string): KeptAnswer | undefined {
    const known = this.answers.get(key);
    if (known !== undefined) this.set(key, known);
    return known;
  }

  set(key: string, kept: KeptAnswer): void {
    this.answers.delete(key);
    this.answers.set(key, kept);
    const [oldest] = this.answers.keys();
    if (this.answers.size > this.most && oldest !== undefined) this.answers.delete(oldest);
  }
}
