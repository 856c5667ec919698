import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { Health, type HealthCheck } from '#lundong/http/health.js';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function check(name: string, isVital: boolean): HealthCheck & { reason: string | null; looks: number } {
  const made = {
    name,
    isVital,
    reason: null as string | null,
    looks: 0,
    look: async () => {
      made.looks++;
      return made.reason;
    },
  };
  return made;
}

describe('health', () => {
  test('is looked at once a second, however often it is asked', async () => {
    const database = check('database', true);
    const health = new Health([database]);
    for (let times = 0; times < 100; times++)
      expect(await health.report()).toEqual({ status: 'ok', checks: { database: 'ok' } });
    expect(database.looks).toBe(1);
    vi.advanceTimersByTime(1000);
    await Promise.all(Array.from({ length: 100 }, () => health.report()));
    expect(database.looks).toBe(2);
  });

  test('is degraded by anything, and unavailable once what is vital has failed for five seconds', async () => {
    const [database, models] = [check('database', true), check('models', false)];
    const health = new Health([database, models]);
    const later = async (milliseconds: number): Promise<string> => {
      vi.advanceTimersByTime(milliseconds);
      return (await health.report()).status;
    };
    expect(await later(0)).toBe('ok');
    models.reason = 'a file is missing';
    expect(await later(1000)).toBe('degraded');
    expect(await later(20_000)).toBe('degraded');
    database.reason = 'does not answer';
    expect(await later(1000)).toBe('degraded');
    expect(await later(4999)).toBe('degraded');
    expect(await later(1001)).toBe('unavailable');
    expect((await health.report()).checks).toEqual({ database: 'does not answer', models: 'a file is missing' });
    database.reason = null;
    expect(await later(1000)).toBe('degraded');
    models.reason = null;
    expect(await later(1000)).toBe('ok');
    database.reason = 'does not answer';
    expect(await later(1000)).toBe('degraded');
    expect(await later(60_000)).toBe('degraded'); // nobody looked in between: it may have been well
  });

  test('is told within two seconds though a check hangs, and that check is not made a second time', async () => {
    const hanging = {
      name: 'database',
      isVital: true,
      looks: 0,
      look: (): Promise<null> => new Promise(() => hanging.looks++),
    };
    const health = new Health([hanging, check('lake', true)]);
    const told = health.report();
    await vi.advanceTimersByTimeAsync(2000);
    const reason = 'does not answer within 2 seconds';
    expect(await told).toEqual({ status: 'degraded', checks: { database: reason, lake: 'ok' } });
    for (let times = 0; times < 5; times++) {
      const again = health.report();
      await vi.advanceTimersByTimeAsync(2000);
      expect((await again).checks).toEqual({ database: reason, lake: 'ok' });
    }
    expect(hanging.looks).toBe(1);
  });

  test('a check that throws says nothing of the inside', async () => {
    const health = new Health([
      { name: 'database', isVital: true, look: () => Promise.reject(new Error('connect 10.0.0.1:5432')) },
    ]);
    expect(await health.report()).toEqual({ status: 'degraded', checks: { database: 'does not answer' } });
  });

  test('stopping is told at once, and nothing is looked at any more', async () => {
    const database = check('database', true);
    const health = new Health([database]);
    health.stop();
    expect(await health.report()).toEqual({ status: 'stopping', checks: {} });
    expect(database.looks).toBe(0);
  });
});
