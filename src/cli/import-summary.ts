import type { ImportReport } from '../lake/import/import-report.js';

/** The summary that an import ends with. */
export function formatImportReport(report: ImportReport): string {
  const count = (n: number): string => n.toLocaleString('en');
  const changed = report.rowsNew + report.rowsChanged > 0;
  const lines = [
    `${report.dataset}: ${report.files.join(', ')}`,
    ...(report.series === null ? [] : [`  series       ${report.series}`]),
    `  rows read    ${count(report.rowsRead)}`,
    `  new          ${count(report.rowsNew)}`,
    `  changed      ${count(report.rowsChanged)}`,
    `  unchanged    ${count(report.rowsUnchanged)}`,
    `  quarantined  ${count(report.rowsQuarantined)}${report.quarantineFile === null ? '' : `, in ${report.quarantineFile}`}`,
    `  dates        ${count(report.datesTouched)} touched${report.firstDate === null ? '' : `, ${report.firstDate} … ${report.lastDate}`}`,
    `  dataVersion  ${report.dataVersion}${changed ? '' : ' (nothing changed)'}`,
    ...report.remarks.map((remark) => `  note: ${remark}`),
  ];
  return lines.join('\n');
}
