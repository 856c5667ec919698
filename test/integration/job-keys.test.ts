import { describe, expect, it } from 'vitest';
import 'reflect-metadata';
import { BacktestService } from '#lundong/modules/backtest/backtest.service.js';
import { createServices } from '#lundong/modules/services.js';
import type { JobRow } from '#lundong/store/job.repository.js';
import { markets, opened, provideTestQueue, queue, store, submit } from '../support/test-queue.js';

provideTestQueue();

const keys = (): Promise<{ key: string; id: string }[]> =>
  store.manager.query('SELECT idempotency_key AS key, job_id AS id FROM job_key ORDER BY 1');

describe('an idempotency key', () => {
  it('gives one job, also to twenty at once', async () => {
    const submitted = await Promise.all(Array.from({ length: 20 }, () => submit({ a: 1 }, 0, 'key')));
    expect(new Set(submitted.map(({ id }) => id)).size).toBe(1);
    expect((await submit({ a: 1 }, 7, 'key')).id).toBe(submitted[0]?.id); // whatever has become of the data
    expect(await queue.count('test')).toBe(1);
  });

  it('does not deadlock where keys and inputs cross', async () => {
    await Promise.all(
      Array.from({ length: 40 }, (_, index) => queue.submit('test', { a: index % 4 }, 0, `key ${(index >> 2) % 4}`)),
    );
    expect(await queue.count('test')).toBeLessThanOrEqual(4);
  });

  it('says where it was used for other work', async () => {
    const first = await submit({ a: 1 }, 0, 'key');
    expect(await queue.submit('test', { a: 2 }, 0, 'key')).toMatchObject({ job: { id: first.id }, isSame: false });
    expect(await queue.submit('other', { a: 1 }, 0, 'key')).toMatchObject({ job: { id: first.id }, isSame: false });
    expect(await queue.submit('test', { a: 1 }, 0, 'key')).toEqual({ job: first, isSame: true });
  });

  it('that comes with known work belongs to it as well', async () => {
    const { id } = await submit({ a: 1 });
    for (const key of ['first', 'second']) expect((await submit({ a: 1 }, 0, key)).id).toBe(id);
    expect(await keys()).toEqual([
      { key: 'first', id },
      { key: 'second', id },
    ]);
    for (const key of ['first', 'second'])
      expect(await queue.submit('test', { a: 2 }, 0, key)).toMatchObject({ job: { id }, isSame: false });
    expect(await queue.count('test')).toBe(1);
  });

  it('that came with known work gives the first job again after an import', async () => {
    const { id } = await submit({ a: 1 });
    await submit({ a: 1 }, 0, 'key');
    await store.manager.query(`UPDATE job SET status = 'SUCCEEDED'`);
    expect(await queue.submit('test', { a: 1 }, 1, 'key')).toMatchObject({ job: { id }, isSame: true });
    expect((await submit({ a: 1 }, 1)).id).not.toBe(id);
    expect(await queue.submit('test', { a: 1 }, 1, 'key')).toMatchObject({ job: { id }, isSame: true });
  });

  it.each(['FAILED', 'CANCELLED'])('gives its job again though it is %s', async (status) => {
    const { id } = await submit({ a: 1 }, 0, 'key');
    await store.manager.query('UPDATE job SET status = $1', [status]);
    expect((await submit({ a: 1 }, 0, 'key')).id).toBe(id);
  });

  it('goes to exactly one of two works that come with it at once', async () => {
    for (let round = 0; round < 20; round++) {
      const key = `key ${round}`;
      const answers = await Promise.all([0, 1].map((a) => queue.submit('test', { round, a }, 0, key)));
      expect(answers.map(({ isSame }) => isSame).toSorted()).toEqual([false, true]);
      expect(answers[0]?.job.id).toBe(answers[1]?.job.id);
    }
    expect(await queue.count('test')).toBe(20);
  });

  it('goes to one job where the same work comes twice with it at once, known or not', async () => {
    for (let round = 0; round < 20; round++) {
      if (round % 2 === 0) await submit({ round });
      const answers = await Promise.all([0, 1].map(() => queue.submit('test', { round }, 0, `key ${round}`)));
      expect(answers.map(({ isSame }) => isSame)).toEqual([true, true]);
      expect(answers[0]?.job.id).toBe(answers[1]?.job.id);
    }
    expect(await queue.count('test')).toBe(20);
    expect(await keys()).toHaveLength(20);
  });
});

describe('the service', () => {
  it('refuses a key that belongs to other work', async () => {
    const { backtests } = createServices(store, opened.workspace.engines, opened.workspace.modelRegistry());
    await queue.submit('backtest', { a: 1 }, 0, null);
    await queue.submit('backtest', { a: 1 }, 0, 'key'); // known work: the key is kept all the same
    const submitAsService = (
      backtests as unknown as {
        submit(kind: string, work: object, market: object, key: string | null): Promise<JobRow>;
      }
    ).submit.bind(backtests);
    expect(backtests).toBeInstanceOf(BacktestService);
    await expect(submitAsService('backtest', { a: 2 }, markets.current(), 'key')).rejects.toMatchObject({
      code: 'KEY_TAKEN',
    });
  });
});

describe('the migration', () => {
  it('moves keys over, and back again as far as there is room', async () => {
    const migration = store.dataSource.migrations.find(({ name }) => name === 'JobKeys1764000000000');
    const runner = store.dataSource.createQueryRunner();
    await runner.connect();
    try {
      const first = await submit({ a: 1, portfolio: { size: 6 } }, 0, 'older');
      await submit({ a: 1, portfolio: { size: 6 } }, 0, 'newer');
      const second = await submit({ a: 2 });
      await migration?.down(runner);
      expect(await runner.query('SELECT id, idempotency_key AS key, input FROM job ORDER BY created_at')).toEqual([
        { id: first.id, key: 'older', input: { a: 1, portfolio: { size: 6 } } },
        { id: second.id, key: null, input: { a: 2 } },
      ]);
      await expect(runner.query(`UPDATE job SET idempotency_key = 'older'`)).rejects.toThrow(/unique/);
      await migration?.up(runner);
      expect(await keys()).toEqual([{ key: 'older', id: first.id }]);
      expect(await queue.submit('test', { a: 2 }, 0, 'older')).toEqual({ job: first, isSame: false });
      expect(await queue.submit('test', { a: 1, portfolio: { size: 6 } }, 5, 'older')).toEqual({
        job: { ...first, outline: { a: 1 } },
        isSame: true,
      });
      await runner.query('DELETE FROM job WHERE id = $1', [first.id]);
      expect(await keys()).toEqual([]);
    } finally {
      await runner.release();
    }
  });
});
