import { describe, expect, it } from 'vitest';
import { type SectionFeatures, WindowAssembly } from '#lundong/domain/feature-window.js';
import { FEATURES, WINDOW_DAYS } from '#lundong/domain/intraday-features.js';

const WIDTH = FEATURES.length;

/** Feature f of stock s on day d is 100 d + s + f / 100, s being the number in its code; feature 5 is missing. */
function section(day: number, codes: readonly string[]): SectionFeatures {
  const value = (code: string, f: number): number => (f === 5 ? Number.NaN : 100 * day + Number(code) + f / 100);
  return { codes, features: Float32Array.from(codes.flatMap((code) => FEATURES.map((_, f) => value(code, f)))) };
}

function assemble(codes: readonly string[], days: readonly (readonly string[])[]) {
  const assembly = new WindowAssembly(codes);
  const sections = days.map((own, day) => section(day, own));
  sections.forEach((one, day) => {
    assembly.count(day, one);
  });
  sections.forEach((one, day) => {
    assembly.fill(day, one);
  });
  return assembly.finish();
}

describe('putting a window together', () => {
  it('takes the stocks with bars on 32 of 40 days, day by day, missing features as 0', () => {
    const all = ['1', '2', '3', '4', '9'];
    const days = Array.from({ length: WINDOW_DAYS }, (_, day) =>
      all.filter((code) => (code === '2' ? day >= 8 : code === '3' ? day >= 9 : code === '9' ? day < 39 : true)),
    );
    const { codes, x, shortOfDays } = assemble(days[39] as string[], days);
    expect(codes).toEqual(['1', '2', '4']);
    expect(shortOfDays).toEqual(['3']);
    expect(x.length).toBe(3 * WINDOW_DAYS * WIDTH);
    codes.forEach((code, row) => {
      for (let day = 0; day < WINDOW_DAYS; day++)
        for (let f = 0; f < WIDTH; f++) {
          const isThere = f !== 5 && (days[day] as string[]).includes(code);
          const expected = isThere ? Math.fround(100 * day + Number(code) + f / 100) : 0;
          expect(x[(row * WINDOW_DAYS + day) * WIDTH + f]).toBe(expected);
        }
    });
  });

  it('scores nobody where there are no days', () => {
    expect(assemble(['1'], [])).toEqual({ codes: [], x: new Float32Array(0), shortOfDays: ['1'] });
  });
});
