import type { ReportBlock, ReportTable } from './report-document.js';

/** The report as GitHub's Markdown, with tables; figures are left out, since Markdown cannot draw. */
export function reportMarkdown(blocks: readonly ReportBlock[]): string {
  return `${blocks
    .map(render)
    .filter((text) => text !== null)
    .join('\n\n')}\n`;
}

function render(block: ReportBlock): string | null {
  switch (block.kind) {
    case 'heading':
      return `${'#'.repeat(block.level)} ${escaped(block.text)}`;
    case 'paragraph':
      return escaped(block.text);
    case 'table':
      return table(block);
    case 'notes':
      return [`*${escaped(block.title)}*`, '', ...block.items.map((item) => `- ${escaped(item)}`)].join('\n');
    case 'lines':
    case 'bars':
      return null;
  }
}

function table({ columns, rows }: ReportTable): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [
    line(columns.map(({ title }) => escaped(title))),
    line(columns.map(({ isNumber }) => (isNumber ? '---:' : '---'))),
    ...rows.map((row) => line(row.map(escaped))),
  ].join('\n');
}

/** Names come from files; nothing in them may become markup, nor end a cell or a line. */
function escaped(text: string): string {
  return text.replace(/\s+/g, ' ').replace(/[\\`*_~[\]<>|#]|&(?=#?\w+;)/g, '\\$&');
}
