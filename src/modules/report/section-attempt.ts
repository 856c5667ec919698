import { LundongError } from '../../domain/errors.js';

/** Errors that say no more than that data are missing: a section without them is empty, and the report goes on. */
const MISSING_DATA: readonly string[] = ['NO_DATA', 'DATE_BEFORE_DATA', 'INVALID_RANGE'];

/** What a section's work gave, or why its data are missing. */
export type Attempt<T> =
  | { readonly value: T; readonly reason: null }
  | { readonly value: null; readonly reason: string };

/** @throws whatever the work throws that is no want of data */
export async function attempt<T>(work: () => Promise<T>): Promise<Attempt<T>> {
  try {
    return { value: await work(), reason: null };
  } catch (error) {
    if (error instanceof LundongError && MISSING_DATA.includes(error.code))
      return { value: null, reason: error.message };
    throw error;
  }
}
