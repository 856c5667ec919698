import { describe, expect, it } from 'vitest';
import { reportPage } from '#lundong/cli/report/report-page.js';
import type { ReportBlock } from '#lundong/modules/report/report-document.js';

const BLOCKS: readonly ReportBlock[] = [
  { kind: 'heading', level: 1, text: 'Week <1>' },
  { kind: 'paragraph', text: 'a & b' },
  {
    kind: 'table',
    columns: [
      { title: 'Fund', isNumber: false },
      { title: 'Week %', isNumber: true },
    ],
    rows: [['"x"<y>', '-0.00']],
  },
  {
    kind: 'lines',
    title: 'Net value',
    dates: ['2025-11-20', '2025-11-21'],
    lines: [
      { name: 'Portfolio', values: [1, 1.1] },
      { name: 'Benchmark', values: [1, 0.9] },
    ],
  },
  {
    kind: 'bars',
    title: 'Flows',
    bars: [
      { name: '军工<b>', value: 2e8, label: '2.00' },
      { name: 'TMT', value: -1e8, label: '-1.00' },
    ],
  },
  { kind: 'notes', title: 'Notes', items: ['<i>one</i>'] },
];

describe('reportPage', () => {
  const page = reportPage(BLOCKS, 'zh');

  it('asks for nothing from outside and runs nothing', () => {
    const namespaces = page.replaceAll(/xmlns(?::xlink)?="[^"]*"/g, '');
    expect(namespaces).not.toMatch(/https?:|src=|href=|url\((?!#)|@import|<script|<link/i);
    expect(page).toContain("default-src 'none'");
    expect(page).toContain('<html lang="zh">');
  });

  it('escapes what stands in it', () => {
    expect(page).toContain('<h1>Week &lt;1&gt;</h1>');
    expect(page).toContain('<td>&quot;x&quot;&lt;y&gt;</td><td class="n">-0.00</td>');
    expect(page).toContain('<li>&lt;i&gt;one&lt;/i&gt;</li>');
    expect(page).not.toMatch(/<b>|<i>/);
  });

  it('draws each figure with its names and labels', () => {
    const charts = page.match(/<svg.*?<\/svg>/gs) ?? [];
    expect(charts).toHaveLength(2);
    for (const text of ['Net value', 'Portfolio', 'Benchmark', '2025-11-20']) expect(charts[0]).toContain(text);
    for (const text of ['Flows', 'TMT', '2.00', '-1.00']) expect(charts[1]).toContain(text);
  });

  it('draws the same every time', () => {
    const withoutIds = (html: string): string => html.replaceAll(/\bzr[-\dcls]*/g, 'zr');
    expect(withoutIds(reportPage(BLOCKS, 'zh'))).toBe(withoutIds(page));
  });
});
