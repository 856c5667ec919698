import { returnBetween } from '../../domain/net-value-series.js';
import type { RankedIndustry } from '../factor/factor.service.js';
import type { CategoryFlow, EtfWeekFlow } from '../flow/flow.service.js';
import type { IndustryMargin, MarginReport } from '../margin/margin.service.js';
import type { IndexSection } from './index-section.js';
import type { IndustryReturn, IndustrySection } from './industry-section.js';
import type { ModelSection, UnavailableModel } from './model-section.js';
import type { WeeklyReport } from './report.service.js';
import { factorChange, factorValue, money, percent, points } from './report-figures.js';
import { REPORT_WORDS, type ReportLanguage, type ReportWords } from './report-words.js';

/** A report as a sequence of blocks, for any format; every text is plain and not yet escaped. */
export type ReportBlock =
  | { readonly kind: 'heading'; readonly level: 1 | 2 | 3; readonly text: string }
  | { readonly kind: 'paragraph'; readonly text: string }
  | ReportTable
  | { readonly kind: 'notes'; readonly title: string; readonly items: readonly string[] }
  | ReportFigure;

export interface ReportTable {
  readonly kind: 'table';
  readonly columns: readonly { readonly title: string; readonly isNumber: boolean }[];
  readonly rows: readonly (readonly string[])[];
}

/** A chart beside the tables, for formats that can draw; what it shows is in the tables or in the API. */
export type ReportFigure =
  | {
      readonly kind: 'lines';
      readonly title: string;
      readonly dates: readonly string[];
      readonly lines: readonly { readonly name: string; readonly values: readonly number[] }[];
    }
  | {
      readonly kind: 'bars';
      readonly title: string;
      readonly bars: readonly { readonly name: string; readonly value: number; readonly label: string }[];
    };

const NAMED = 5;
const NOTHING = '–';

/** Every section of the report, whether it has figures or only the reason why not. */
export function reportDocument(report: WeeklyReport, language: ReportLanguage): ReportBlock[] {
  const words = REPORT_WORDS[language];
  return [
    heading(1, words.title(report.weekEnding)),
    paragraph(
      [words.since(report.previous), words.units, ...(report.published ? [] : [words.unpublished])].join(
        language === 'en' ? ' ' : '',
      ),
    ),
    ...notes(report.notes, words),
    ...indexBlocks(report.indices, words),
    ...industryBlocks(report.industries, words),
    ...marginBlocks(report.margin, words),
    ...flowBlocks(report, words),
    ...report.models.flatMap((model) => modelBlocks(model, words)),
    ...report.unavailableModels.flatMap((model) => unavailableBlocks(model, words)),
  ];
}

function indexBlocks({ indices, notes: said }: IndexSection, words: ReportWords): ReportBlock[] {
  const { columns } = words;
  return [
    heading(2, words.headings.indices),
    ...table(
      words,
      [columns.index],
      [columns.close, columns.weekChange, columns.yearChange, columns.crossed, columns.nextLevel, columns.gap],
      indices.map((index) => [
        words.name(index),
        points(index.close),
        percent(index.weekReturn),
        percent(index.yearReturn),
        index.levelsCrossed.length === 0 ? NOTHING : index.levelsCrossed.join(' '),
        String(index.nextLevel),
        percent(index.gapToNextLevel),
      ]),
    ),
    ...notes(said, words),
  ];
}

function industryBlocks(section: IndustrySection, words: ReportWords): ReportBlock[] {
  const { headings, columns } = words;
  const ranked = (returns: readonly IndustryReturn[], column: string): ReportBlock[] => {
    const places = returns.map((one, index) => [String(index + 1), words.name(one.industry), percent(one.return)]);
    const some = (title: string, rows: string[][]): ReportBlock[] => [
      heading(3, title),
      ...table(words, [columns.rank, columns.industry], [column], rows),
    ];
    return returns.length === 0
      ? [paragraph(words.noData)]
      : [...some(headings.best, places.slice(0, NAMED)), ...some(headings.worst, places.slice(-NAMED).reverse())];
  };
  return [
    heading(2, headings.week),
    ...(section.week.length === 0 ? [] : [paragraph(words.counts(section.risers, section.fallers))]),
    ...ranked(section.week, columns.weekChange),
    ...bars(
      headings.week,
      section.week.map((one) => ({
        name: words.name(one.industry),
        value: one.return,
        label: percent(one.return),
      })),
    ),
    heading(2, headings.year),
    ...ranked(section.year, columns.yearChange),
    ...notes(section.notes, words),
  ];
}

function marginBlocks(margin: MarginReport, words: ReportWords): ReportBlock[] {
  const { asOf, latestBalance, change, base, recordHigh } = margin;
  const { headings, columns } = words;
  const byIndustry = (title: string, margins: readonly IndustryMargin[]): ReportBlock[] =>
    margins.length === 0
      ? []
      : [
          heading(3, title),
          ...table(
            words,
            [columns.industry],
            [columns.balance, columns.change],
            margins.map((one) => [words.name(one.industry), money(one.balance), money(one.change)]),
          ),
        ];
  return [
    heading(2, headings.margin),
    paragraph(
      asOf === null || latestBalance === null
        ? words.noData
        : words.balance(asOf, money(latestBalance), money(change), base, recordHigh === true),
    ),
    ...byIndustry(headings.rises, margin.rises),
    ...byIndustry(headings.falls, margin.falls),
    ...notes(margin.notes, words),
  ];
}

function flowBlocks({ etfFlows, etfFlowNotes }: WeeklyReport, words: ReportWords): ReportBlock[] {
  const { headings, columns } = words;
  const funds = (title: string, flows: readonly EtfWeekFlow[]): ReportBlock[] => [
    heading(3, title),
    ...table(
      words,
      [columns.code, columns.fund],
      [columns.weekChange, columns.sizeThen, columns.sizeNow, columns.netFlow],
      flows.map(({ figures, weekChange, sizeThen, sizeNow, netFlow }) => [
        figures.code,
        figures.name,
        percent(weekChange),
        money(sizeThen),
        money(sizeNow),
        money(netFlow),
      ]),
    ),
  ];
  const byFlow = (categories: readonly CategoryFlow[]) => categories.toSorted((a, b) => b.netFlow - a.netFlow);
  return [
    heading(2, headings.flows),
    ...(etfFlows === null
      ? [paragraph(words.noData)]
      : [
          ...funds(headings.inflows, etfFlows.inflows),
          ...funds(headings.outflows, etfFlows.outflows),
          heading(3, headings.categories),
          ...table(
            words,
            [columns.category],
            [columns.funds, columns.netFlow],
            byFlow(etfFlows.categories).map(({ category, etfCount, netFlow }) => [
              category,
              String(etfCount),
              money(netFlow),
            ]),
          ),
          ...bars(
            headings.categories,
            byFlow(etfFlows.categories).map(({ category, netFlow }) => ({
              name: category,
              value: netFlow,
              label: money(netFlow),
            })),
          ),
        ]),
    ...notes(etfFlowNotes, words),
  ];
}

function modelBlocks(model: ModelSection, words: ReportWords): ReportBlock[] {
  const { headings, columns, periods } = words;
  const { table: week, factor } = model;
  const ranking = (title: string, items: readonly RankedIndustry[]): ReportBlock[] => [
    heading(3, title),
    ...table(
      words,
      [columns.rank, columns.industry],
      [columns.value, columns.valueChange],
      items.map(({ rank, industry, value, weekChange }) => [
        String(rank),
        words.name(industry),
        factorValue(factor.key, value),
        factorChange(factor.key, weekChange),
      ]),
    ),
  ];
  const names = (industries: readonly Parameters<ReportWords['name']>[0][]): string =>
    industries.length === 0 ? words.nobody : words.list(industries.map(words.name));
  const period = (title: string, portfolio: number, excess: number): string[] => [
    title,
    percent(portfolio),
    percent(portfolio - excess),
    percent(excess),
  ];
  const { series } = model;
  const whole = returnBetween(series, 0, series.dates.length - 1);
  return [
    heading(2, `${words.factor(factor)} · ${model.portfolio.key}`),
    ...ranking(headings.top, model.top),
    ...ranking(headings.bottom, model.bottom),
    ...bars(
      headings.rankingBars,
      [...model.top, ...model.bottom.toReversed().filter((one) => !model.top.includes(one))].map(
        ({ industry, value }) => ({ name: words.name(industry), value, label: factorValue(factor.key, value) }),
      ),
    ),
    ...ranking(headings.largestRises, model.largestRises),
    heading(3, headings.holdings),
    paragraph(words.held(model.since, names(model.holdings.map(({ industry }) => industry)))),
    paragraph(words.entered(names(model.entered))),
    paragraph(words.left(names(model.left))),
    paragraph(words.next(names(model.next))),
    heading(3, headings.table),
    ...table(
      words,
      [columns.period],
      [columns.portfolio, columns.benchmark, columns.excess],
      [
        [periods.week, percent(week.weekReturn), percent(week.benchmarkWeekReturn), percent(week.weekExcess)],
        period(periods.month, week.monthReturn, week.monthExcess),
        period(periods.year, week.yearReturn, week.yearExcess),
      ],
    ),
    heading(3, headings.yearly),
    ...table(
      words,
      [columns.year],
      [columns.portfolio, columns.benchmark, columns.excess],
      [
        ...model.years.map((year) => [
          year.to.slice(0, 4),
          percent(year.portfolioReturn),
          percent(year.benchmarkReturn),
          percent(year.excess),
        ]),
        ...(model.years.length === 0
          ? []
          : [
              [
                `${series.dates[0]} … ${series.dates.at(-1)}`,
                percent(whole.portfolioReturn),
                percent(whole.benchmarkReturn),
                percent(whole.excess),
              ],
            ]),
      ],
    ),
    ...(series.dates.length < 2
      ? []
      : [
          {
            kind: 'lines' as const,
            title: headings.netValue,
            dates: series.dates,
            lines: [
              { name: columns.portfolio.replace('%', '').trim(), values: Array.from(series.portfolio) },
              { name: columns.benchmark.replace('%', '').trim(), values: Array.from(series.benchmark) },
            ],
          },
        ]),
    ...notes(model.notes, words),
  ];
}

function unavailableBlocks({ factor, portfolio, reason }: UnavailableModel, words: ReportWords): ReportBlock[] {
  return [heading(2, `${words.factor(factor)} · ${portfolio.key}`), paragraph(words.noData), ...notes([reason], words)];
}

function heading(level: 1 | 2 | 3, text: string): ReportBlock {
  return { kind: 'heading', level, text };
}

function paragraph(text: string): ReportBlock {
  return { kind: 'paragraph', text };
}

/** Texts to the left, numbers to the right; without rows what stands for "no data". */
function table(
  words: ReportWords,
  texts: readonly string[],
  numbers: readonly string[],
  rows: readonly (readonly string[])[],
): ReportBlock[] {
  if (rows.length === 0) return [paragraph(words.noData)];
  const columns = [
    ...texts.map((title) => ({ title, isNumber: false })),
    ...numbers.map((title) => ({ title, isNumber: true })),
  ];
  return [{ kind: 'table', columns, rows }];
}

function bars(title: string, items: Extract<ReportFigure, { kind: 'bars' }>['bars']): ReportBlock[] {
  return items.length === 0 ? [] : [{ kind: 'bars', title, bars: items }];
}

function notes(items: readonly string[], words: ReportWords): ReportBlock[] {
  return items.length === 0 ? [] : [{ kind: 'notes', title: words.notes, items }];
}
