// Every answer is held against every other to the same question on the same version of the data, and against what a
// server with nothing else to do answers on that version.
import { createHash } from 'node:crypto';

/** What may be answered under load beside the right answer, and what is counted of it. */
const ANNOUNCED = new Set(['DATABASE_UNAVAILABLE', 'OVERLOADED']);

export class Answers {
  byQuestion = new Map();
  counts = { right: 0, announced: 0, verified: 0, unchanged: 0 };
  faults = [];

  fault(what) {
    this.faults.push(what);
    console.error(`FAULT ${what}`);
  }

  /** @returns the data; null where it was not answered, as announced or by a fault */
  async take(question, response) {
    const { status } = response;
    const body = await response.json();
    if (body.errors !== undefined) {
      const codes = body.errors.map(({ extensions }) => extensions.code);
      const isAnnounced =
        status === 503 && response.headers.get('retry-after') !== null && codes.some((code) => ANNOUNCED.has(code));
      if (isAnnounced) this.counts.announced++;
      else
        this.fault(
          `${question.name} ${JSON.stringify(question.variables)}: ${status} ${JSON.stringify(body.errors).slice(0, 400)}`,
        );
      return null;
    }
    if (status !== 200) this.fault(`${question.name}: ${status}`);
    return { data: body.data, version: body.extensions.dataVersion };
  }

  /** @param version of the data that the answer rests on */
  record(question, data, version) {
    const key = `${version} ${question.name} ${JSON.stringify(question.variables)}`;
    const digest = createHash('sha256').update(JSON.stringify(data)).digest('hex');
    const known = this.byQuestion.get(key);
    if (known === undefined) this.byQuestion.set(key, { question, version, digest, isVerified: false, times: 1 });
    else if (known.digest === digest) known.times++;
    else this.fault(`two answers to ${key}`);
    this.counts.right++;
  }

  /** The questions answered on a version that have not been held against a quiet server yet. */
  unverified(version) {
    return [...this.byQuestion.values()].filter((one) => one.version === version && !one.isVerified);
  }

  verify(entry, data) {
    const digest = createHash('sha256').update(JSON.stringify(data)).digest('hex');
    entry.isVerified = true;
    this.counts.verified++;
    if (digest !== entry.digest)
      this.fault(
        `a quiet server answers ${entry.question.name} ${JSON.stringify(entry.question.variables)} differently on ${entry.version}`,
      );
  }
}

/** Growth per minute by least squares, and over the whole stretch as a share of its mean. */
export function trendOf(samples, figure) {
  const minutes = samples.map(({ at }) => at / 60_000);
  const values = samples.map((sample) => sample[figure] / 2 ** 20);
  const mean = (numbers) => numbers.reduce((a, b) => a + b, 0) / numbers.length;
  const [x, y] = [mean(minutes), mean(values)];
  const slope =
    minutes.reduce((sum, minute, index) => sum + (minute - x) * (values[index] - y), 0) /
    Math.max(
      minutes.reduce((sum, minute) => sum + (minute - x) ** 2, 0),
      1e-9,
    );
  const stretch = minutes.at(-1) - minutes[0];
  return { mean: y, perMinute: slope, growth: (slope * stretch) / y, samples: samples.length };
}
