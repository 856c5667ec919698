import type { ReportBlock, ReportTable } from '../../modules/report/report-document.js';
import type { ReportLanguage } from '../../modules/report/report-words.js';
import { reportChart } from './report-charts.js';

const STYLE = `body{font-family:system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#222}
h2{border-bottom:1px solid #ccc;margin-top:2.5rem}table{border-collapse:collapse;margin:.5rem 0}
th,td{padding:.2rem .8rem;border-bottom:1px solid #e5e5e5;text-align:left}.n{text-align:right;font-variant-numeric:tabular-nums}
svg{max-width:100%;height:auto}aside{color:#666;font-size:.85rem}`;

/** The report as one page that asks for nothing from outside: style and charts are in it, and there is no script. */
export function reportPage(blocks: readonly ReportBlock[], language: ReportLanguage): string {
  const title = blocks.find((block) => block.kind === 'heading');
  return `<!doctype html>
<html lang="${language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>${escaped(title?.text ?? '')}</title>
<style>${STYLE}</style>
</head>
<body>
${blocks.map(render).join('\n')}
</body>
</html>
`;
}

function render(block: ReportBlock): string {
  switch (block.kind) {
    case 'heading':
      return `<h${block.level}>${escaped(block.text)}</h${block.level}>`;
    case 'paragraph':
      return `<p>${escaped(block.text)}</p>`;
    case 'table':
      return table(block);
    case 'notes':
      return `<aside>${escaped(block.title)}<ul>${block.items.map((item) => `<li>${escaped(item)}</li>`).join('')}</ul></aside>`;
    case 'lines':
    case 'bars':
      return `<figure>${reportChart(block)}</figure>`;
  }
}

function table({ columns, rows }: ReportTable): string {
  const cells = (tag: 'th' | 'td', texts: readonly string[]): string =>
    texts
      .map((text, index) => `<${tag}${columns[index]?.isNumber ? ' class="n"' : ''}>${escaped(text)}</${tag}>`)
      .join('');
  const head = cells(
    'th',
    columns.map(({ title }) => title),
  );
  return `<table><thead><tr>${head}</tr></thead><tbody>
${rows.map((row) => `<tr>${cells('td', row)}</tr>`).join('\n')}
</tbody></table>`;
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}
