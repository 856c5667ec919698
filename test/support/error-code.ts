import { LundongError } from '#lundong/domain/errors.js';

/** @returns the code of the LundongError that the action throws, "none" where it throws nothing; other errors pass */
export function errorCodeOf(action: () => unknown): string {
  try {
    action();
  } catch (error) {
    if (error instanceof LundongError) return error.code;
    throw error;
  }
  return 'none';
}
