import { isEnumType, isInputObjectType, isScalarType, isSpecifiedScalarType } from 'graphql';
import { costOf, defaultOf, isListPart, kindOf, table, typeLink } from './markdown.mjs';

/** @returns {string[]} the appendix: every type that is not a root, by name, and what is alike explained once */
export function typeSections(schema) {
  const roots = [schema.getQueryType(), schema.getMutationType(), schema.getSubscriptionType()];
  const types = Object.values(schema.getTypeMap())
    .filter((type) => !type.name.startsWith('__') && !roots.includes(type))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
  const connections = types.filter(({ name }) => name.endsWith('Connection')).map(({ name }) => `\`${name}\``);
  return [
    '## Scalars',
    ...table(
      ['scalar', 'meaning'],
      types
        .filter((type) => isScalarType(type) && !isSpecifiedScalarType(type))
        .map(({ name, description }) => [`\`${name}\``, description ?? '']),
    ),
    '## Lists',
    `${connections.join(', ')} are pages of a list: \`edges { cursor node { … } }\`, \`pageInfo { hasNextPage endCursor hasPreviousPage startCursor }\` and \`totalCount\`, the number of items in the whole list. To go on, ask again with \`after: endCursor\`. A cursor is opaque; one of another list is \`INVALID_CURSOR\`.`,
    '## Types',
    ...types.filter((type) => !isScalarType(type) && !isListPart(type)).flatMap(sectionOf),
  ];
}

function sectionOf(type) {
  const interfaces = 'getInterfaces' in type ? type.getInterfaces().map((one) => typeLink(one)) : [];
  return [
    `### ${kindOf(type)} ${type.name}`,
    [type.description, ...(interfaces.length > 0 ? [`Implements ${interfaces.join(', ')}.`] : [])].join(' '),
    ...tableOf(type),
  ];
}

function tableOf(type) {
  if (isEnumType(type))
    return table(
      ['value', 'meaning'],
      type.getValues().map((value) => [`\`${value.name}\``, meaningOf(value)]),
    );
  const fields = Object.values(type.getFields());
  if (isInputObjectType(type))
    return table(
      ['field', 'type', 'default', 'meaning'],
      fields.map((field) => [`\`${field.name}\``, typeLink(field.type), defaultOf(field), meaningOf(field)]),
    );
  return table(
    ['field', 'type', 'meaning'],
    fields.map((field) => [`\`${field.name}\``, typeLink(field.type), meaningOf(field) + argumentsOf(field)]),
  );
}

/** What a field or value means, and by when not to use it any more. */
export function meaningOf({ description, deprecationReason }) {
  return `${deprecationReason ? `**Deprecated:** ${deprecationReason} ` : ''}${description ?? ''}`;
}

function argumentsOf(field) {
  const args = field.args.map((arg) => {
    const given = defaultOf(arg);
    return `<br>\`${arg.name}\` ${typeLink(arg.type)}${given && ` = ${given}`}: ${meaningOf(arg)}`;
  });
  const cost = costOf(field);
  return args.join('') + (cost && `<br>Costs ${cost}.`);
}
