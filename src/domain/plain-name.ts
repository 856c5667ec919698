const PLAIN = /^[^\p{Cc}\p{Cs}]{1,200}$/u;

/** What `isPlainName` asks for, to be told to whoever sent something else. */
export const PLAIN_NAME_RULE = 'use 1 to 200 characters, none of them a control character';

/** Whether a text will do as a name: nothing in it that PostgreSQL cannot keep, a terminal obeys or no line has room for. */
export function isPlainName(text: string): boolean {
  return PLAIN.test(text);
}
