import { describe, expect, it } from 'vitest';
import type { LocalDate } from '#lundong/domain/local-date.js';
import { isUnderRiskWarning, type NameStay, riskWarningsOf } from '#lundong/domain/stock.js';

const stay = (name: string, from: string, to: string | null = null): NameStay => ({
  name,
  from: from as LocalDate,
  to: to as LocalDate | null,
});
const stays = (...names: NameStay[]): string[] =>
  riskWarningsOf(names).map(({ from, until }) => `${from}–${until ?? ''}`);

describe('stays under a risk warning', () => {
  it('last to the day after the last day of the name, which is the first without', () => {
    expect(stays(stay('甲', '2010-01-04', '2024-04-29'), stay('ST甲', '2024-04-30', '2025-05-19'))).toEqual([
      '2024-04-30–2025-05-20',
    ]);
  });

  it('are told by names in full width, too', () => {
    expect(stays(stay('＊ＳＴ甲', '2024-04-30', '2025-05-19'), stay('甲', '2025-05-20'))).toEqual([
      '2024-04-30–2025-05-20',
    ]);
  });

  it('are one where ST becomes *ST, in any order of the rows', () => {
    const rows = [stay('ST甲', '2024-04-30', '2024-12-31'), stay('*ST甲', '2025-01-01', '2025-06-03')];
    expect(stays(...rows)).toEqual(['2024-04-30–2025-06-04']);
    expect(stays(...rows.toReversed())).toEqual(['2024-04-30–2025-06-04']);
  });

  it('end where the next name begins, whatever their own row says', () => {
    expect(stays(stay('ST甲', '2024-04-30'), stay('甲', '2025-01-02'))).toEqual(['2024-04-30–2025-01-02']);
    expect(stays(stay('ST甲', '2024-04-30', '2025-03-03'), stay('甲', '2025-01-02'))).toEqual([
      '2024-04-30–2025-01-02',
    ]);
  });

  it('are apart where a name without ST lies between', () => {
    const rows = [
      stay('ST甲', '2020-05-06', '2021-05-05'),
      stay('甲', '2021-05-06', '2023-05-04'),
      stay('*ST甲', '2023-05-05'),
    ];
    expect(stays(...rows)).toEqual(['2020-05-06–2021-05-06', '2023-05-05–']);
  });

  it('take a row that comes twice for one', () => {
    expect(stays(stay('ST甲', '2024-04-30', '2024-12-31'), stay('ST甲', '2024-04-30', '2024-12-31'))).toEqual([
      '2024-04-30–2025-01-01',
    ]);
  });

  it.each(['ST甲', '*ST甲', 'SST甲', 'S*ST甲', 'XRST甲', 'NST甲', 'st甲'])('are told by %s', (name) => {
    expect(stays(stay(name, '2024-04-30'))).toHaveLength(1);
  });

  it.each(['甲', 'S甲', 'XR甲', 'N甲', 'TCL科技', '甲ST', '退市甲'])('are not told by %s', (name) => {
    expect(stays(stay(name, '2024-04-30'))).toEqual([]);
  });

  it('hold from their first day to the day before their end', () => {
    const stock = {
      riskWarnings: riskWarningsOf([stay('ST甲', '2024-04-30', '2024-05-06'), stay('ST甲', '2025-01-02')]),
    };
    const on = (date: string) => isUnderRiskWarning(stock, date as LocalDate);
    expect(['2024-04-29', '2024-04-30', '2024-05-06', '2024-05-07', '2026-01-05'].map(on)).toEqual([
      false,
      true,
      true,
      false,
      true,
    ]);
  });
});
