/** What the headline may say; an empty list or null leaves its clause out. */
export interface HeadlineFacts {
  readonly levels: readonly HeadlineLevel[];
  /** The strongest first. */
  readonly leadingThemes: readonly HeadlineName[];
  readonly recordHighs: readonly HeadlineStock[];
  /** Closed, or stand, at the limit price for the first day. */
  readonly limitUps: readonly HeadlineStock[];
  /** The same for at least the second day in a row, the longest first. */
  readonly limitUpStreaks: readonly (HeadlineStock & { readonly days: number })[];
  readonly leadingEtf: (HeadlineStock & { readonly change: number }) | null;
  readonly etfsAbove: HeadlineCount | null;
}

export type HeadlineLanguage = 'zh' | 'en';

export interface HeadlineName {
  readonly nameZh: string;
  readonly nameEn: string;
}

export interface HeadlineLevel extends HeadlineName {
  readonly level: number;
  /** Stands above the level; false = has only touched it. */
  readonly above: boolean;
  /** Last earlier day that closed above it, YYYY-MM-DD. */
  readonly previousAbove: string | null;
}

/** A stock or fund: names are Chinese in both languages, as listed. */
export interface HeadlineStock {
  readonly name: string;
  readonly code: string;
}

/** How many ETFs of a theme (null = of all) rose by more than the threshold, and some of them. */
export interface HeadlineCount {
  readonly count: number;
  /** Fraction. */
  readonly threshold: number;
  readonly theme: HeadlineName | null;
  readonly examples: readonly HeadlineStock[];
}

/** Names that a clause lists at most; the facts' order decides which. */
const LISTED = 3;

/**
 * One sentence from a market's facts: levels crossed, leading themes, record highs, streaks and limit-ups, the first of
 * the ETFs, and how many rose above a mark. A clause stands where there are facts for it, always in this order; every
 * number in the sentence is one of the facts' or the length of one of their lists, and the same facts give the same words.
 */
export function marketHeadline(facts: HeadlineFacts, language: HeadlineLanguage): string {
  const words = language === 'zh' ? CHINESE : ENGLISH;
  const clauses = [
    ...facts.levels.map(words.level),
    ...clause(facts.leadingThemes, words.themes),
    ...clause(facts.recordHighs, words.recordHighs),
    ...facts.limitUpStreaks.slice(0, LISTED).map(words.streak),
    ...clause(facts.limitUps, words.limitUps),
    ...(facts.leadingEtf === null ? [] : [words.leadingEtf(facts.leadingEtf)]),
    ...(facts.etfsAbove === null || facts.etfsAbove.count === 0 ? [] : [words.etfsAbove(facts.etfsAbove)]),
  ];
  return clauses.length === 0 ? words.nothing : words.sentence(clauses);
}

function clause<Fact>(facts: readonly Fact[], say: (facts: readonly Fact[]) => string): string[] {
  return facts.length === 0 ? [] : [say(facts)];
}

interface Wording {
  readonly level: (level: HeadlineLevel) => string;
  readonly themes: (themes: readonly HeadlineName[]) => string;
  readonly recordHighs: (stocks: readonly HeadlineStock[]) => string;
  readonly streak: (stock: HeadlineStock & { readonly days: number }) => string;
  readonly limitUps: (stocks: readonly HeadlineStock[]) => string;
  readonly leadingEtf: (etf: HeadlineStock & { readonly change: number }) => string;
  readonly etfsAbove: (count: HeadlineCount) => string;
  readonly sentence: (clauses: readonly string[]) => string;
  readonly nothing: string;
}

const CHINESE: Wording = {
  level: ({ nameZh, level, above, previousAbove }) =>
    `${nameZh}${above ? '站上' : '触及'}${level}点${previousAbove === null ? '' : `（上次收于其上为${previousAbove}）`}`,
  themes: (themes) =>
    `${themes
      .slice(0, LISTED)
      .map((theme) => theme.nameZh)
      .join('、')}领涨`,
  recordHighs: (stocks) => `${listZh(stocks)}创历史新高`,
  streak: ({ name, days }) => `${name}连续${days}日涨停`,
  limitUps: (stocks) => `${listZh(stocks)}涨停`,
  leadingEtf: ({ name, code, change }) => `${name}（${code}）${percent(change)}，居ETF涨幅首位`,
  etfsAbove: ({ count, threshold, theme, examples }) =>
    `${count}只${theme?.nameZh ?? ''}ETF涨幅超过${percent(threshold)}${
      examples.length === 0 ? '' : `，包括${examples.slice(0, LISTED).map(bracketedZh).join('、')}`
    }`,
  sentence: (clauses) => `${clauses.join('；')}。`,
  nothing: '现有数据中没有可报告的市场要点。',
};

const ENGLISH: Wording = {
  level: ({ nameEn, level, above, previousAbove }) =>
    `${nameEn} ${above ? 'stands above' : 'touched'} ${level}${
      previousAbove === null ? '' : ` (it last closed above on ${previousAbove})`
    }`,
  themes: (themes) => `${listEn(themes.slice(0, LISTED).map((theme) => theme.nameEn))} in the lead`,
  recordHighs: (stocks) => `${shortListEn(stocks)} at a record high`,
  streak: ({ name, days }) => `${name} limit-up ${days} days in a row`,
  limitUps: (stocks) => `${shortListEn(stocks)} limit-up`,
  leadingEtf: ({ name, code, change }) => `${name} (${code}) ${percent(change)}, first of all ETFs`,
  etfsAbove: ({ count, threshold, theme, examples }) =>
    `${count} ${theme === null ? '' : `${theme.nameEn} `}${count === 1 ? 'ETF' : 'ETFs'} above ${percent(threshold)}${
      examples.length === 0 ? '' : `, ${listEn(examples.slice(0, LISTED).map(bracketedEn))} among them`
    }`,
  sentence: (clauses) => `${capitalised(clauses.join('; '))}.`,
  nothing: 'The data at hand hold no market event to report.',
};

/** All stocks where they are few, else the first and the number of all. */
function listZh(stocks: readonly HeadlineStock[]): string {
  const names = stocks.slice(0, LISTED).map(({ name }) => name);
  return `${names.join('、')}${stocks.length > LISTED ? `等${stocks.length}股` : ''}`;
}

function shortListEn(stocks: readonly HeadlineStock[]): string {
  const names = stocks.slice(0, LISTED).map(({ name }) => name);
  return stocks.length > LISTED ? `${stocks.length} stocks (among them ${listEn(names)})` : listEn(names);
}

function listEn(names: readonly string[]): string {
  return names.length < 2 ? (names[0] ?? '') : `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`;
}

function bracketedZh({ name, code }: HeadlineStock): string {
  return `${name}（${code}）`;
}

function bracketedEn({ name, code }: HeadlineStock): string {
  return `${name} (${code})`;
}

/** Two decimals and a sign, as flashes print changes: 0.0267 is +2.67%. */
function percent(fraction: number): string {
  const text = (100 * fraction).toFixed(2);
  return `${fraction > 0 && !text.startsWith('-') ? '+' : ''}${text}%`;
}

function capitalised(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
