// What changed between two versions of a schema, told by coordinates: Type, Type.field, Type.field(argument:), Enum.VALUE.
import {
  astFromValue,
  BreakingChangeType,
  DangerousChangeType,
  findBreakingChanges,
  findDangerousChanges,
  getNamedType,
  isEnumType,
  isInputObjectType,
  isSpecifiedScalarType,
  print,
} from 'graphql';

/** How graphql-js words a change, and the coordinate that its words name. */
const WORDINGS = [
  [/^(\S+) arg (\S+) (?:was removed|has changed|defaultValue)/, (field, arg) => `${field}(${arg}:)`],
  [/^(?:A required|An optional) arg (\S+) on (?!directive )(\S+) was added/, (arg, field) => `${field}(${arg}:)`],
  [/^(?:A required|An optional) field (\S+) on input type (\S+) was added/, (field, type) => `${type}.${field}`],
  [/^(\S+) was (?:added to|removed from) (?:enum|union) type (\S+)\.$/, (value, type) => `${type}.${value}`],
  [/^(\S+) (?:changed|no longer implements|was removed\.)/, (name) => name],
  [/^(\S+) added to interfaces implemented by (\S+)\.$/, (_, type) => type],
];

function coordinateOf({ description }) {
  for (const [pattern, name] of WORDINGS) {
    const found = pattern.exec(description);
    if (found !== null) return name(...found.slice(1));
  }
  return description; // of a directive, of which we have none: told by its words
}

const told = (change) => ({ ...change, coordinate: coordinateOf(change) });

/**
 * @returns what breaks clients, among it another default, which changes answers without a word, and what may surprise
 * them; each `{ type, coordinate, description }`
 */
export function schemaChanges(before, after) {
  const isUnused = ({ type, description }) =>
    type === BreakingChangeType.TYPE_REMOVED && description.startsWith('Standard scalar ');
  const dangerous = findDangerousChanges(before, after).map(told);
  const isDefault = ({ type }) => type === DangerousChangeType.ARG_DEFAULT_VALUE_CHANGE;
  return {
    breaking: [
      ...findBreakingChanges(before, after)
        .filter((change) => !isUnused(change))
        .map(told),
      ...dangerous.filter(isDefault),
      ...changedInputDefaults(before, after),
    ],
    surprising: dangerous.filter((change) => !isDefault(change)),
  };
}

/** Defaults of input fields, which graphql-js does not look at. */
function changedInputDefaults(before, after) {
  return ownTypes(before)
    .filter((type) => isInputObjectType(type) && isInputObjectType(after.getType(type.name)))
    .flatMap((type) =>
      Object.values(type.getFields()).flatMap((field) => {
        const now = after.getType(type.name).getFields()[field.name];
        if (now === undefined || field.defaultValue === undefined) return [];
        const [then, today] = [field, now].map((one) => defaultText(one));
        if (then === today) return [];
        const coordinate = `${type.name}.${field.name}`;
        const description = `${coordinate} has changed defaultValue from ${then} to ${today}.`;
        return [{ type: DangerousChangeType.ARG_DEFAULT_VALUE_CHANGE, coordinate, description }];
      }),
    );
}

function defaultText({ defaultValue, type }) {
  const node = astFromValue(defaultValue, type);
  return node ? print(node) : 'none';
}

const ownTypes = (schema) =>
  Object.values(schema.getTypeMap()).filter((type) => !type.name.startsWith('__') && !isSpecifiedScalarType(type));

/** Whether a schema has the element, and says not to use it any more. */
export function isDeprecated(schema, coordinate) {
  const [, typeName, member, argument] = /^(\w+)\.(\w+)(?:\((\w+):\))?$/.exec(coordinate) ?? [];
  const type = schema.getType(typeName ?? '');
  const found = isEnumType(type) ? type.getValue(member) : type?.getFields?.()[member];
  const element = argument === undefined ? found : found?.args?.find(({ name }) => name === argument);
  return Boolean(element?.deprecationReason) || (argument !== undefined && Boolean(found?.deprecationReason));
}

/**
 * The types among the changes that are gone only because nothing refers to them any more, all that did being allowed to go.
 *
 * @param allowed coordinates of what may go
 */
export function orphanedTypes(before, changes, allowed) {
  const gone = new Set(allowed);
  const isGone = (coordinate) =>
    [coordinate, coordinate.replace(/\(.*/, ''), coordinate.replace(/\..*/, '')].some((one) => gone.has(one));
  const references = referencesIn(before);
  const removed = changes.filter(({ type }) => type === BreakingChangeType.TYPE_REMOVED);
  for (let count = -1; count !== gone.size; ) {
    count = gone.size;
    for (const { coordinate } of removed)
      if ((references.get(coordinate) ?? []).every(isGone) && references.has(coordinate)) gone.add(coordinate);
  }
  return removed.filter(({ coordinate }) => gone.has(coordinate)).map(({ coordinate }) => coordinate);
}

/** @returns {Map<string, string[]>} for each type the coordinates that are of it */
function referencesIn(schema) {
  const references = new Map();
  const note = (coordinate, type) => {
    const { name } = getNamedType(type);
    references.set(name, [...(references.get(name) ?? []), coordinate]);
  };
  for (const type of ownTypes(schema))
    for (const field of Object.values(type.getFields?.() ?? {})) {
      const coordinate = `${type.name}.${field.name}`;
      note(coordinate, field.type);
      for (const arg of field.args ?? []) note(`${coordinate}(${arg.name}:)`, arg.type);
    }
  return references;
}
