import {
  astFromValue,
  getNamedType,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isScalarType,
  isSpecifiedScalarType,
  print,
} from 'graphql';

/** A table of Markdown; nothing where there are no rows. */
export function table(headings, rows) {
  if (rows.length === 0) return [];
  const line = (cells) => `| ${cells.join(' | ')} |`;
  return [
    [line(headings), line(headings.map(() => '---')), ...rows.map((cells) => line(cells.map(inCell)))].join('\n'),
  ];
}

const inCell = (text) => text.replaceAll('|', '\\|').replaceAll(/\s*\n\s*/g, ' ');

/** How GraphQL calls the kind of a type. */
export function kindOf(type) {
  if (isInputObjectType(type)) return 'input';
  if (isEnumType(type)) return 'enum';
  if (isInterfaceType(type)) return 'interface';
  return isScalarType(type) ? 'scalar' : 'type';
}

/** A reference to a type, linked to its section. */
export function typeLink(reference) {
  const named = getNamedType(reference);
  if (isSpecifiedScalarType(named)) return `\`${reference}\``;
  if (isScalarType(named)) return `[\`${reference}\`](#scalars)`;
  if (named.name.endsWith('Connection')) {
    const { node } = named.getFields().edges.type.ofType.ofType.ofType.getFields();
    return `[\`${reference}\`](#lists) of ${typeLink(getNamedType(node.type))}`;
  }
  return `[\`${reference}\`](#${kindOf(named)}-${named.name.toLowerCase()})`;
}

/** Connections and their edges are alike but for what they hold, and explained once. */
export const isListPart = ({ name }) => /(Connection|Edge)$/.test(name) || name === 'PageInfo';

/** A default value as it stands in the schema; empty where there is none. */
export function defaultOf({ defaultValue, type }) {
  return defaultValue === undefined ? '' : `\`${print(astFromValue(defaultValue, type))}\``;
}

export const points = (count) => `${count.toLocaleString('en')} ${count === 1 ? 'point' : 'points'}`;

/** What a field costs before anything is asked of it, in words; empty where it is the 1 point of any field. */
export function costOf({ args, extensions: { complexity = 1 } }) {
  if (complexity === 1) return '';
  const takesRange = args.some(
    ({ name, type }) => name === 'from' || 'from' in (getNamedType(type).getFields?.() ?? {}),
  );
  return `${points(complexity)}${takesRange ? ', for each year of the range' : ''}`;
}
