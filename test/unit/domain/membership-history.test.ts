import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fromDayNumber, type LocalDate } from '#lundong/domain/local-date.js';
import {
  compareHistories,
  type MembershipRow,
  type MembershipSnapshot,
  mixedIndustries,
  withSnapshot,
} from '#lundong/domain/membership-history.js';

const INDUSTRY = 'CI005021';
const STOCKS = ['000001.SZ', '600000.SH', '600036.SH', '601398.SH'];

interface Laid {
  readonly snapshot: MembershipSnapshot;
  readonly validFrom: LocalDate | null;
}

const date = (day: number): LocalDate => fromDayNumber(19_000 + day);

/** Snapshots of different dates, each of one to four stocks, some declared valid earlier; few dates, so they collide. */
const snapshots = (declared: boolean): fc.Arbitrary<Laid[]> =>
  fc
    .uniqueArray(
      fc.record({
        day: fc.integer({ min: 1, max: 14 }),
        back: declared ? fc.option(fc.integer({ min: 0, max: 14 })) : fc.constant(null),
        stocks: fc.subarray(STOCKS, { minLength: 1 }),
      }),
      { selector: ({ day }) => day, maxLength: 6 },
    )
    .map((list) =>
      list.map(({ day, back, stocks }) => ({
        snapshot: {
          industryCode: INDUSTRY,
          asOf: date(day),
          members: stocks.map((stockCode, index) => ({ stockCode, stockName: null, weight: (day + index) / 100 })),
        },
        validFrom: back === null ? null : date(day - back),
      })),
    );

const lay = (list: readonly Laid[], history: readonly MembershipRow[] = []): MembershipRow[] =>
  list.reduce<MembershipRow[]>(
    (rows, { snapshot, validFrom }) => withSnapshot(rows, snapshot, validFrom),
    [...history],
  );

const inOrder = (rows: readonly MembershipRow[]): MembershipRow[] =>
  rows.toSorted((a, b) => (`${a.stockCode} ${a.inDate}` < `${b.stockCode} ${b.inDate}` ? -1 : 1));

const shuffled = (declared: boolean): fc.Arbitrary<[Laid[], Laid[]]> =>
  snapshots(declared).chain((list) =>
    fc.tuple(fc.constant(list), fc.shuffledSubarray(list, { minLength: list.length })),
  );

/** What the definition says of one day: the last snapshot that begins on or before it, its own date or declared. */
function membersOn(list: readonly Laid[], day: LocalDate): string[] {
  const claims = list
    .flatMap(({ snapshot, validFrom }) => [
      { start: snapshot.asOf, snapshot },
      ...(validFrom !== null && validFrom < snapshot.asOf ? [{ start: validFrom, snapshot }] : []),
    ])
    .filter(({ start }) => start <= day)
    // The latest start rules; of two from the same date the one of nearer knowledge.
    .sort((a, b) => (a.start === b.start ? (a.snapshot.asOf < b.snapshot.asOf ? -1 : 1) : a.start > b.start ? -1 : 1));
  const ruling = claims[0]?.snapshot;
  return (ruling?.members ?? []).map((member) => `${member.stockCode} ${member.weight} ${ruling?.asOf}`).sort();
}

const rowsOn = (rows: readonly MembershipRow[], day: LocalDate): string[] =>
  rows
    .filter((row) => row.inDate <= day && (row.outDate === null || row.outDate > day))
    .map((row) => `${row.stockCode} ${row.weight} ${row.knownOn}`)
    .sort();

describe.each([
  ['dated', false],
  ['declared valid earlier', true],
])('snapshots %s', (_, declared) => {
  it('give the same history in any order', () => {
    fc.assert(
      fc.property(shuffled(declared), ([list, other]) => {
        expect(inOrder(lay(other))).toEqual(inOrder(lay(list)));
      }),
      { numRuns: 1000 },
    );
  });

  it('say on every day what the last one to begin says', () => {
    fc.assert(
      fc.property(snapshots(declared), (list) => {
        const rows = lay(list);
        for (let day = -15; day < 17; day++) expect(rowsOn(rows, date(day))).toEqual(membersOn(list, date(day)));
      }),
      { numRuns: 500 },
    );
  });

  it('never make the stays of a stock overlap, nor end before they begin', () => {
    fc.assert(
      fc.property(snapshots(declared), (list) => {
        const rows = inOrder(lay(list));
        rows.forEach((row, index) => {
          expect(row.outDate === null || row.outDate > row.inDate).toBe(true);
          const next = rows[index + 1];
          if (next?.stockCode === row.stockCode) expect(row.outDate !== null && row.outDate <= next.inDate).toBe(true);
        });
      }),
      { numRuns: 500 },
    );
  });

  it('laid again change nothing', () => {
    fc.assert(
      fc.property(shuffled(declared), ([list, other]) => {
        const once = lay(list);
        const difference = compareHistories(once, lay(other, once));
        expect(difference).toMatchObject({ added: [], changed: [], removed: [], from: null, to: null });
        expect(difference.unchanged).toBe(once.length);
      }),
      { numRuns: 500 },
    );
  });
});

describe('compareHistories', () => {
  const DAYS = Array.from({ length: 40 }, (_, index) => date(index - 20));

  it('tells the rows and the stretch outside which both say the same', () => {
    fc.assert(
      fc.property(snapshots(true), snapshots(true), (first, second) => {
        const [before, after] = [lay(first), lay(second)];
        const difference = compareHistories(before, after);
        const gone = new Set(
          [...difference.removed, ...difference.changed].map((row) => `${row.stockCode} ${row.inDate}`),
        );
        const applied = [
          ...before.filter((row) => !gone.has(`${row.stockCode} ${row.inDate}`)),
          ...difference.added,
          ...difference.changed,
        ];
        expect(inOrder(applied)).toEqual(inOrder(after));
        for (const day of DAYS) {
          const within =
            difference.from !== null && day >= difference.from && (difference.to === null || day < difference.to);
          if (!within) expect(rowsOn(after, day)).toEqual(rowsOn(before, day));
        }
        const differing = DAYS.filter((day) => rowsOn(after, day).join() !== rowsOn(before, day).join());
        if (differing.length > 0) expect(difference.from).toBe(differing[0]);
      }),
      { numRuns: 500 },
    );
  });

  it('sees where a stay was only cut short', () => {
    const open: MembershipRow = {
      industryCode: INDUSTRY,
      stockCode: '600036.SH',
      inDate: date(0),
      outDate: null,
      knownOn: date(0),
      stockName: null,
      weight: 1,
      kind: 'snapshot',
    };
    const cut = { ...open, outDate: date(9) };
    expect(compareHistories([open], [cut])).toMatchObject({ changed: [cut], from: date(9), to: null });
    expect(compareHistories([cut], [open])).toMatchObject({ changed: [open], from: date(9), to: null });
    expect(compareHistories([cut], [{ ...cut, outDate: date(5) }])).toMatchObject({ from: date(5), to: date(9) });
    expect(compareHistories([cut], [{ ...cut, weight: 0.5 }])).toMatchObject({ from: date(0), to: date(9) });
    expect(compareHistories([cut], [{ ...cut, kind: 'stay' }])).toMatchObject({ from: date(0), to: date(9) });
    expect(compareHistories([cut], [])).toMatchObject({ removed: [cut], from: date(0), to: date(9) });
  });
});

it('finds the industries in which snapshots and dated stays meet', () => {
  const row = (industryCode: string, stockCode: string, kind: MembershipRow['kind']): MembershipRow => ({
    ...{ industryCode, stockCode, kind },
    ...{ inDate: date(0), outDate: null, knownOn: date(0), stockName: null, weight: null },
  });
  const [first, second] = STOCKS as [string, string];
  expect(
    mixedIndustries([
      row('CI005001', first, 'snapshot'),
      row('CI005002', first, 'stay'),
      row('CI005003', first, 'stay'),
      row('CI005001', second, 'snapshot'),
      row('CI005003', second, 'snapshot'),
      row('CI005002', second, 'stay'),
    ]),
  ).toEqual(['CI005003']);
});
