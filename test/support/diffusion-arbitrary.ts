import fc from 'fast-check';
import type { DiffusionLayoutInput } from '#lundong/domain/diffusion-layout.js';
import { canonicalDiffusionParams, type DiffusionParams } from '#lundong/domain/diffusion-params.js';
import { type Membership, OPEN_END } from '#lundong/domain/membership.js';

const FIRST_DAY = 20_000;
const ABSENT = ['absent1', 'absent2'];

/** Trading days, five in a row and two off. */
export function tradingDays(rows: number): Int32Array {
  return Int32Array.from({ length: rows }, (_, row) => FIRST_DAY + row + 2 * Math.floor(row / 5));
}

export const anyParams: fc.Arbitrary<DiffusionParams> = fc
  .record({
    lookback: fc.integer({ min: 1, max: 12 }),
    rule: fc.constantFrom('ROC' as const, 'MA' as const),
    weighting: fc.constantFrom('EQUAL' as const, 'CAP' as const),
    smoothing: fc.array(fc.integer({ min: 1, max: 5 }), { maxLength: 2 }),
  })
  .map(canonicalDiffusionParams);

const mostly = fc.nat({ max: 4 }).map((draw) => draw > 0);

/** Few distinct closes, so that ties and carried prices are frequent; full doubles beside them. */
const anyClose = fc.oneof(
  { weight: 6, arbitrary: fc.integer({ min: 1, max: 6 }).map((tenths) => tenths / 10) },
  { weight: 3, arbitrary: fc.double({ min: 0.01, max: 1e6, noNaN: true }) },
  { weight: 1, arbitrary: fc.constant(Number.NaN) },
);

const anyColumn = (rows: number) =>
  fc
    .record({
      closes: fc.array(anyClose, { minLength: rows, maxLength: rows }),
      listedAt: fc.oneof({ weight: 3, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.nat({ max: rows }) }),
    })
    .map(({ closes, listedAt }) => closes.map((close, row) => (row < listedAt ? Number.NaN : close)));

/** Stretches of one stock in one industry: days cut at random places, each piece a membership or not. */
const anyStretches = (industry: string, stock: string, rows: number): fc.Arbitrary<Membership[]> => {
  const anyDay = fc.integer({ min: FIRST_DAY - 3, max: FIRST_DAY + 2 * rows });
  return fc
    .record({
      cuts: fc.uniqueArray(anyDay, { minLength: 1, maxLength: 3 }),
      early: mostly,
      open: mostly,
      pieces: fc.array(
        fc.record({
          member: mostly,
          weight: fc.option(fc.double({ min: 0.1, max: 1e4, noNaN: true }), { freq: 5 }),
          weightDate: anyDay,
        }),
        { minLength: 5, maxLength: 5 },
      ),
    })
    .map(({ cuts, early, open, pieces }) => {
      const inside = cuts.sort((a, b) => a - b);
      const bounds = [...(early ? [FIRST_DAY - 4] : []), ...inside, ...(open ? [OPEN_END] : [])];
      return bounds.slice(1).flatMap((outDate, index) => {
        const { member, weight, weightDate } = pieces[index];
        return member ? [{ industry, stock, inDate: bounds[index], outDate, weight, weightDate }] : [];
      });
    });
};

export const anyInput: fc.Arbitrary<DiffusionLayoutInput> = fc
  .record({
    rows: fc.integer({ min: 1, max: 36 }),
    stocks: fc.integer({ min: 0, max: 6 }),
    industryCount: fc.integer({ min: 1, max: 3 }),
  })
  .chain(({ rows, stocks, industryCount }) => {
    const codes = Array.from({ length: stocks }, (_, stock) => `stock${stock}`);
    const industries = Array.from({ length: industryCount }, (_, industry) => `industry${industry}`);
    const pairs = industries.flatMap((industry) => [...codes, ...ABSENT].map((stock) => [industry, stock] as const));
    return fc
      .record({
        columns: fc.tuple(...codes.map(() => anyColumn(rows))),
        stretches: fc.tuple(...pairs.map(([industry, stock]) => anyStretches(industry, stock, rows))),
      })
      .map(({ columns, stretches }) => ({
        dates: tradingDays(rows),
        codes,
        closes: Float64Array.from({ length: rows * stocks }, (_, at) => columns[at % stocks][Math.floor(at / stocks)]),
        industries,
        memberships: stretches.flat(),
      }));
  });

/** An input, parameters, and a part [fromRow, toRow) of its rows. */
export const anyCase = fc
  .record({ input: anyInput, params: anyParams, cuts: fc.tuple(fc.nat(1000), fc.nat(1000)) })
  .map(({ input, params, cuts }) => {
    const [fromRow, toRow] = cuts.map((cut) => cut % (input.dates.length + 1)).sort((a, b) => a - b);
    return { input, params, fromRow, toRow };
  });
