import { expect, test } from 'vitest';
import type { LocalDate } from '#lundong/domain/local-date.js';
import { mergeNotes } from '#lundong/lake/range-notes.js';

const on = (date: string, ...notes: string[]) => ({ date: date as LocalDate, notes });

test('a note of all dates is one line, a note of some says for which', () => {
  const dated = [
    on('2025-01-31', 'closes: x', 'hindsight'),
    on('2025-02-28', 'closes: x', 'hindsight', 'hindsight'),
    on('2025-03-31', 'distant', 'closes: x'),
    on('2025-04-30', 'closes: x', 'hindsight'),
  ];
  expect(mergeNotes(dated, 'signals')).toEqual([
    'closes: x',
    'hindsight (3 of 4 signals, 2025-01-31 … 2025-04-30)',
    'distant (1 of 4 signals, 2025-03-31)',
  ]);
});

test('no dates and dates without notes have none', () => {
  expect(mergeNotes([], 'signals')).toEqual([]);
  expect(mergeNotes([on('2025-01-31'), on('2025-02-28')], 'signals')).toEqual([]);
});
