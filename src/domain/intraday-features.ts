/**
 * The feature spec `intraday-v1` (docs/features.md): what a model trained on it is fed. Whoever changes a formula, a
 * missing rule or a constant raises the version; figures stored under another one are not used.
 */
export const FEATURE_SPEC = 'intraday-v1';
export const FEATURE_SPEC_VERSION = 1;

/** In the order in which a model gets them. */
export const FEATURES = [
  'overnightReturn',
  'intradayReturn',
  'firstHalfHourReturn',
  'lastHalfHourReturn',
  'realizedVolatility',
  'realizedSkewness',
  'upVolumeShare',
  'closeToVwap',
  'relativeAmount',
  'firstHalfHourVolumeShare',
  'lastHalfHourVolumeShare',
  'returnVolumeCorrelation',
] as const;

export type Feature = (typeof FEATURES)[number];

/** Trading days that a model looks at, the date itself included. */
export const WINDOW_DAYS = 40;

/** Of the window's days, those on which a stock must have bars to be scored. */
export const FEWEST_WINDOW_DAYS = 32;

/** With fewer stocks than these a cross-section says nothing, and its date has no features. */
export const FEWEST_STOCKS = 20;

/** Trading days before a date that its amount is compared with … */
export const AMOUNT_DAYS = 20;

/** … of which at least these must have one. */
export const FEWEST_AMOUNT_DAYS = 10;

/** How many trading days back the previous close of an overnight return may lie. */
export const PREVIOUS_CLOSE_DAYS = 10;

/** Days with bars before a date, all of whose closes must tell of a corporate action for one to be believed. */
export const EX_RIGHT_DAYS = 5;

/** The trading days before a date whose bars reach its features. */
export const LOOK_BACK_DAYS = Math.max(AMOUNT_DAYS, PREVIOUS_CLOSE_DAYS);
