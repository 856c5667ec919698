/** A day without time zone, `2025-11-21`; days of the market are days in Shanghai. Compares as text. */
export type LocalDate = string;

/** A moment, `2025-11-21T07:00:00.000Z`. */
export type DateTime = string;

/** Any JSON value. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };
