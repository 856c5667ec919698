import { describe, expect, it } from 'vitest';
import { factorChange, factorValue, money, percent, points } from '#lundong/modules/report/report-figures.js';
import { reportMarkdown } from '#lundong/modules/report/report-markdown.js';
import { REPORT_WORDS, reportLanguage } from '#lundong/modules/report/report-words.js';
import { errorCodeOf } from '../../../support/error-code.js';

describe('figures of the report', () => {
  it('prints fractions in percent with two decimals, and what rounds to zero from below as -0.00', () => {
    expect([0.0123456, -0.055, -0.00004, 0.00004, 0, null].map(percent)).toEqual([
      '1.23',
      '-5.50',
      '-0.00',
      '0.00',
      '0.00',
      '–',
    ]);
  });

  it('prints yuan in 100 million', () => {
    expect([4_877_820_000, -3_456_789, 0, null].map(money)).toEqual(['48.78', '-0.03', '0.00', '–']);
  });

  it('prints values with the decimals that the factor is published with', () => {
    expect([factorValue('diffusion', 0.99949), factorValue('gru', -15.264), factorValue('own', 1.23456)]).toEqual([
      '0.999',
      '-15.26',
      '1.235',
    ]);
    expect([0.0621, -0.0001, 0, null].map((change) => factorChange('diffusion', change))).toEqual([
      '+0.062',
      '-0.000',
      '0.000',
      '–',
    ]);
  });

  it('prints index points with two decimals', () => {
    expect(points(3888.6042)).toBe('3888.60');
  });
});

describe('reportMarkdown', () => {
  it('aligns numbers to the right and leaves figures out', () => {
    const text = reportMarkdown([
      { kind: 'heading', level: 2, text: 'Funds' },
      {
        kind: 'table',
        columns: [
          { title: 'Fund', isNumber: false },
          { title: 'Week %', isNumber: true },
        ],
        rows: [['半导体ETF', '-0.00']],
      },
      { kind: 'bars', title: 'Flows', bars: [{ name: 'a', value: 1, label: '1' }] },
      { kind: 'notes', title: 'Notes', items: ['one', 'two'] },
    ]);
    expect(text).toBe(
      '## Funds\n\n| Fund | Week % |\n| --- | ---: |\n| 半导体ETF | -0.00 |\n\n*Notes*\n\n- one\n- two\n',
    );
  });

  it('lets nothing of a name become markup, nor end a cell or a line', () => {
    expect(reportMarkdown([{ kind: 'paragraph', text: 'a|b\n# [x](y) <script> `c` *d* \\' }])).toBe(
      'a\\|b \\# \\[x\\](y) \\<script\\> \\`c\\` \\*d\\* \\\\\n',
    );
    expect(reportMarkdown([{ kind: 'paragraph', text: '~~e~~ &lt; &#60; f & g' }])).toBe(
      '\\~\\~e\\~\\~ \\&lt; \\&\\#60; f & g\n',
    );
  });
});

describe('reportLanguage', () => {
  it('knows English and Chinese, and refuses others', () => {
    expect([reportLanguage('en'), reportLanguage('zh')]).toEqual(['en', 'zh']);
    for (const other of ['de', '', 'EN', 'constructor'])
      expect(errorCodeOf(() => reportLanguage(other))).toBe('INVALID_ARGUMENT');
  });

  it('names one industry that rose as one', () => {
    expect(REPORT_WORDS.en.counts(1, 29)).toBe('1 industry rose, 29 fell.');
    expect(REPORT_WORDS.zh.counts(1, 29)).toBe('1个行业上涨，29个行业下跌。');
  });
});
