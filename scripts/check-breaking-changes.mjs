// Compares schema/schema.graphql with that of the last release, the last tag v*. What breaks clients passes only as
// docs/deprecation.md allows it: deprecated in releases for long enough, or listed in schema/CHANGES.md with its reason.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { buildSchema } from 'graphql';
import { isDeprecated, orphanedTypes, schemaChanges } from './schema-changes.mjs';

/** Days between the first release that has an element deprecated and the release that lacks it. */
const DEPRECATED_DAYS = 180;
const DAY_MS = 24 * 3600 * 1000;
const SCHEMA = 'schema/schema.graphql';
const CHANGES = 'schema/CHANGES.md';

/** @returns {string | null} what git prints; null where it fails */
function git(...args) {
  try {
    return execFileSync('git', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
  } catch {
    return null;
  }
}

/** The schema of a commit; null where it has none. */
function schemaAt(commit) {
  const text = git('show', `${commit}:./${SCHEMA}`);
  return text === null ? null : buildSchema(text);
}

/** Tags of releases that lead here, the newest first, with their times. */
function releases() {
  const lines = git(
    'for-each-ref',
    '--merged=HEAD',
    '--sort=-version:refname',
    '--format=%(refname:short) %(creatordate:unix)',
    'refs/tags/v*',
  );
  return (lines ?? '').split('\n').flatMap((line) => {
    const [tag, seconds] = line.split(' ');
    return seconds === undefined ? [] : [{ tag, at: Number(seconds) * 1000 }];
  });
}

/** What schema/CHANGES.md owns up to under Unreleased, Breaking: `- \`Type.field\`, \`Type.other\`: reason`. */
function listedBreaks() {
  const section = (text, heading) => text.split(/^(?=#+ )/m).find((part) => part.startsWith(`${heading}\n`)) ?? '';
  const [, unreleased = ''] = readFileSync(CHANGES, 'utf8').split(/^(?=## Unreleased$)/m);
  const [open] = unreleased.split(/^(?=## (?!Unreleased$))/m);
  return section(open, '### Breaking')
    .split(/^- /m)
    .flatMap((item) => {
      const [, names = ''] = /^((?:`[^`]+`,? ?)+): \S+ \S+/.exec(item.replaceAll(/\s+/g, ' ')) ?? [];
      return [...names.matchAll(/`([^`]+)`/g)].map(([, name]) => name);
    });
}

/** The first of the releases in a row, up to the last one, that have the element deprecated. */
function deprecatedSince(coordinate, known) {
  const other = known.findIndex(({ schema }) => schema === null || !isDeprecated(schema, coordinate));
  return other === 0 ? undefined : known.at(other === -1 ? -1 : other - 1);
}

function check() {
  const known = releases();
  if (known.length === 0) {
    const why =
      git('rev-parse', '--git-dir') === null
        ? 'this is no git repository'
        : git('rev-parse', '--is-shallow-repository') === 'true'
          ? 'this clone is shallow and has no tag of a release; git fetch --unshallow --tags brings them'
          : 'no release has been tagged yet';
    console.log(`schema: not compared with a release, as ${why}`);
    return;
  }
  const [last] = known;
  const before = schemaAt(last.tag);
  if (before === null) {
    console.log(`schema: not compared, as ${last.tag} has no ${SCHEMA}`);
    return;
  }
  const { breaking, surprising } = schemaChanges(before, buildSchema(readFileSync(SCHEMA, 'utf8')));
  for (const { description } of surprising) console.log(`schema: may surprise clients: ${description}`);

  const listed = new Set(listedBreaks());
  const history = breaking.length > 0 ? known.map(({ tag, at }) => ({ tag, at, schema: schemaAt(tag) })) : [];
  const allowed = new Set(listed);
  const verdicts = new Map();
  for (const { type, coordinate } of breaking) {
    const since = /REMOVED/.test(type) ? deprecatedSince(coordinate, history) : undefined;
    if (since === undefined) continue;
    const days = Math.floor((Date.now() - since.at) / DAY_MS);
    verdicts.set(coordinate, `deprecated since ${since.tag}, ${days} days ago`);
    if (days >= DEPRECATED_DAYS) allowed.add(coordinate);
  }
  for (const coordinate of orphanedTypes(before, breaking, allowed)) allowed.add(coordinate);

  const refused = breaking.filter(({ coordinate }) => !allowed.has(coordinate));
  for (const { coordinate, description } of breaking.filter((one) => !refused.includes(one))) {
    const why = listed.has(coordinate) ? `listed in ${CHANGES}` : (verdicts.get(coordinate) ?? 'nothing is of it');
    console.log(`schema: ${description} Allowed: ${why}.`);
  }
  if (refused.length === 0) {
    console.log(`schema: nothing breaks clients of ${last.tag}${breaking.length > 0 ? ' unannounced' : ''}`);
    return;
  }
  const lines = refused.map(({ coordinate, description }) => {
    const verdict = verdicts.get(coordinate);
    return `  ${coordinate}: ${description}${verdict === undefined ? '' : ` It is ${verdict}.`}`;
  });
  console.error(`schema: this breaks clients of ${last.tag}:
${lines.join('\n')}
Deprecate first, for ${DEPRECATED_DAYS} days (docs/deprecation.md), or list it under "Unreleased", "Breaking" in ${CHANGES} with the reason.`);
  process.exitCode = 1;
}

check();
