import { afterAll, expect, it } from 'vitest';
import { ERROR_CODES } from '#lundong/domain/errors.js';
import { Metrics } from '#lundong/http/observability/metrics.js';
import { readMarkdown } from './markdown.js';

const metrics = new Metrics({
  countJobs: async () => ({
    byStatus: { QUEUED: 1, RUNNING: 0, SUCCEEDED: 0, FAILED: 0, CANCELLED: 0 },
    oldestWaitSeconds: 0,
  }),
  dataVersion: () => 1,
});
afterAll(() => metrics.close());

const page = readMarkdown('docs/metrics.md').text;
const rows = [...page.matchAll(/^\| `((?:lundong|process|nodejs)_\w+)` *\| (\w+) *\| (.*?) *\| (.*) *\|$/gm)].map(
  ([, name, type, labels, rest]) => ({
    name: name as string,
    type: type as string,
    labels: (labels as string).replaceAll('`', '').split(' ').filter(Boolean),
    rest: (rest as string).split(/ +\| /),
  }),
);

it('docs/metrics.md lists every metric with its type and its labels, and none that there is not', () => {
  const registered = metrics.registry.getMetricsAsArray().map((metric) => {
    const { name, type, labelNames } = metric as unknown as { name: string; type: string; labelNames: string[] };
    return { name, type, labels: labelNames };
  });
  const byName = (a: { name: string }, b: { name: string }): number => (a.name < b.name ? -1 : 1);
  const listed = rows.map(({ name, type, labels }) => ({ name, type, labels }));
  expect(listed.sort(byName)).toEqual(registered.sort(byName));
});

it('has a unit, a meaning and an alert for each of ours, and alerts ask for what there is', () => {
  const ours = rows.filter(({ name }) => name.startsWith('lundong_'));
  expect(ours.length).toBeGreaterThan(10);
  const names = new Set(rows.map(({ name }) => name));
  for (const { name, rest } of ours) {
    const [unit, meaning, alert] = rest as [string, string, string];
    expect(unit, name).not.toBe('');
    expect(meaning, name).not.toBe('');
    const asked = [...alert.matchAll(/lundong_\w+/g)].map(([series]) => series.replace(/_bucket$/, ''));
    expect(asked, name).toContain(name);
    for (const series of asked) expect(names).toContain(series);
    for (const [, code] of alert.matchAll(/code="(\w+)"/g)) expect([...ERROR_CODES, 'INTERNAL']).toContain(code);
  }
});

it('is what is served', async () => {
  const text = await metrics.registry.metrics();
  const served = [...text.matchAll(/^# TYPE (\S+) (\w+)$/gm)].map(([, name, type]) => `${name} ${type}`);
  expect(served.sort()).toEqual(rows.map(({ name, type }) => `${name} ${type}`).sort());
  expect(text).toMatch(/^lundong_jobs\{state="queued"\} 1$/m);
});
