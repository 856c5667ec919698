/** What opens something, wherever it stands in a text, cut off at its end or not; and what is left of it. */
const SECRETS: readonly (readonly [RegExp, string])[] = [
  [/ldk_([0-9a-f]{12})_[A-Za-z0-9_-]+/g, 'ldk_$1_…'],
  // A JSON Web Token: its header always begins so.
  [/\beyJ[A-Za-z0-9_-]+\.[A-Za-z0-9_.-]*/g, 'eyJ…'],
  // Of 16 characters and more: "Bearer <key>" in our own advice is none, nor are basic chemicals.
  [/\b(Bearer|Basic) +[\w.~+/-]{16,}=*/gi, '$1 …'],
  // Of a URL the password only.
  [/\b([a-z][a-z0-9+.-]*:\/\/[^\s:@/"'\\]*):[^\s@/"'\\]+@/gi, '$1:…@'],
  [/("(?:authorization|cookie|set-cookie|password)":")(?:[^"\\]|\\.)*"/gi, '$1…"'],
];

/** Quickly seen signs, one of which every secret of the list above has. */
const SIGNS = /ldk_|eyJ|Bearer|Basic|:\/\/|authorization|cookie|password/i;

/**
 * A text without keys, tokens and passwords. Of an API key the public part stays, by which its holder can be found.
 * Callers put secrets where none belong, in a query or a path, and what quotes them must not keep them.
 */
export function redactSecrets(text: string): string {
  if (!SIGNS.test(text)) return text;
  return SECRETS.reduce((redacted, [pattern, remains]) => redacted.replace(pattern, remains), text);
}
