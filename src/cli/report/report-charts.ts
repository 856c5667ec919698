import { BarChart, LineChart } from 'echarts/charts';
import { GridComponent, LegendComponent, TitleComponent } from 'echarts/components';
import { init, use } from 'echarts/core';
import { SVGRenderer } from 'echarts/renderers';
import type { ReportFigure } from '../../modules/report/report-document.js';

use([BarChart, LineChart, GridComponent, LegendComponent, TitleComponent, SVGRenderer]);

const WIDTH = 880;
const LINES_HEIGHT = 320;
const BAR_HEIGHT = 22;
/** Rises are red and falls green, as A-share readers expect. */
const [RISE, FALL] = ['#c23531', '#2f8f5b'];
const LINE_COLOURS = ['#c23531', '#61707d'];
const FONT = { fontFamily: 'sans-serif', fontSize: 12 };

/** A figure of the report as an SVG element that needs nothing from outside; drawn without a browser. */
export function reportChart(figure: ReportFigure): string {
  return figure.kind === 'lines' ? lineChart(figure) : barChart(figure);
}

function lineChart({ title, dates, lines }: Extract<ReportFigure, { kind: 'lines' }>): string {
  return draw(LINES_HEIGHT, {
    title: { text: title, left: 0, top: 0, textStyle: FONT },
    legend: { data: lines.map(({ name }) => name), right: 10, top: 0, textStyle: FONT },
    grid: { left: 50, right: 20, top: 40, bottom: 30 },
    color: LINE_COLOURS,
    xAxis: { type: 'category', data: [...dates], boundaryGap: false },
    yAxis: { type: 'value', scale: true },
    series: lines.map(({ name, values }) => ({
      type: 'line',
      silent: true,
      name,
      data: [...values],
      showSymbol: false,
    })),
  });
}

function barChart({ title, bars }: Extract<ReportFigure, { kind: 'bars' }>): string {
  return draw(70 + BAR_HEIGHT * bars.length, {
    title: { text: title, left: 0, top: 0, textStyle: FONT },
    grid: { left: 290, right: 70, top: 30, bottom: 20 },
    xAxis: { type: 'value', axisLabel: { show: false }, splitLine: { show: false } },
    yAxis: {
      type: 'category',
      data: bars.map(({ name }) => name),
      inverse: true,
      axisTick: { show: false },
      axisLabel: { ...FONT, interval: 0, margin: 60 },
    },
    series: [
      {
        type: 'bar',
        silent: true,
        data: bars.map(({ value, label }) => ({
          value,
          itemStyle: { color: value < 0 ? FALL : RISE },
          label: { show: true, formatter: label.replace(/[{}]/g, ''), position: value < 0 ? 'left' : 'right', ...FONT },
        })),
      },
    ],
  });
}

type Options = Parameters<ReturnType<typeof init>['setOption']>[0];

function draw(height: number, options: Options): string {
  const chart = init(null, null, { renderer: 'svg', ssr: true, width: WIDTH, height });
  try {
    chart.setOption({ ...options, animation: false });
    return chart.renderToSVGString();
  } finally {
    chart.dispose();
  }
}
