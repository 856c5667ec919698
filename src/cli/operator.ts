import { userInfo } from 'node:os';

/** Who is at the keyboard, for the audit. */
export function operator(): string {
  return `cli:${userInfo().username}`;
}
