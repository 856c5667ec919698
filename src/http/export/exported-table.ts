import {
  type DocumentNode,
  type FragmentDefinitionNode,
  type GraphQLNamedType,
  type GraphQLSchema,
  getNamedType,
  getNullableType,
  getOperationAST,
  type InlineFragmentNode,
  isInterfaceType,
  isListType,
  isObjectType,
  Kind,
  type OperationDefinitionNode,
  parse,
  type SelectionSetNode,
} from 'graphql';
import { LundongError } from '../../domain/errors.js';
import { MAX_TOKENS } from '../../graphql/errors.js';
import { MAX_SELECTIONS } from '../../graphql/operation-profile.js';

const TABLE = 'Table';

/**
 * Refuses, before anything is executed, an operation that could not be exported: it must be a query and ask for the values
 * of one table, whatever the data. One that cannot be read is passed on: the executor words that better.
 *
 * @returns the name of the operation; null where it has none or cannot be read
 * @throws LundongError NOT_ONE_TABLE
 */
export function requireOneTable(
  schema: GraphQLSchema,
  { query, operationName }: { query: string; operationName?: string },
): string | null {
  const operation = readOperation(query, operationName);
  if (operation === null) return null;
  const { document, node } = operation;
  if (node.operation !== 'query')
    throw new LundongError('NOT_ONE_TABLE', `An export is made of a query; this is a ${node.operation}.`, {
      tables: 0,
    });
  const found = new TableSearch(schema, document).search(node.selectionSet, schema.getQueryType() ?? undefined);
  const [first] = found;
  if (first === undefined)
    throw new LundongError(
      'NOT_ONE_TABLE',
      'This asks for no table; ask for a field of the type Table, and for its `data`.',
      { tables: 0 },
    );
  const inList = found.find(({ list }) => list !== null);
  if (inList !== undefined)
    throw new LundongError(
      'NOT_ONE_TABLE',
      `The table ${inList.path} lies in the list ${inList.list}, which may have many; ask for the one by its key or id.`,
      { tables: found.length },
    );
  if (found.length > 1)
    throw new LundongError(
      'NOT_ONE_TABLE',
      `This asks for ${found.length} tables: ${found
        .map(({ path }) => path)
        .join(', ')
        .slice(0, 200)}; an export is of one.`,
      { tables: found.length },
    );
  return node.name?.value ?? null;
}

function readOperation(
  query: string,
  operationName: string | undefined,
): { document: DocumentNode; node: OperationDefinitionNode } | null {
  try {
    const document = parse(query, { maxTokens: MAX_TOKENS, noLocation: true });
    const node = getOperationAST(document, operationName);
    return node ? { document, node } : null;
  } catch {
    return null;
  }
}

/** A table that is asked for, by the path of its field, and the list that the path goes through, if it does. */
interface FoundTable {
  readonly path: string;
  readonly list: string | null;
}

/** Looks through an operation that may not be valid: fragments may go in circles, fields may not exist. */
class TableSearch {
  private readonly fragments = new Map<string, FragmentDefinitionNode>();
  /** By path: fields of one path are one. */
  private readonly found = new Map<string, FoundTable>();
  private selections = 0;

  constructor(
    private readonly schema: GraphQLSchema,
    document: DocumentNode,
  ) {
    for (const node of document.definitions)
      if (node.kind === Kind.FRAGMENT_DEFINITION) this.fragments.set(node.name.value, node);
  }

  search(selectionSet: SelectionSetNode, type: GraphQLNamedType | undefined): readonly FoundTable[] {
    this.walk(selectionSet, type, '', null);
    return [...this.found.values()];
  }

  private walk(
    selectionSet: SelectionSetNode,
    type: GraphQLNamedType | undefined,
    path: string,
    list: string | null,
  ): void {
    for (const node of selectionSet.selections) {
      // What is too large, or endless, is refused by the guard or by validation.
      if (++this.selections > MAX_SELECTIONS) return;
      if (node.kind === Kind.FIELD) {
        const field = isObjectType(type) || isInterfaceType(type) ? type.getFields()[node.name.value] : undefined;
        if (field === undefined || node.selectionSet === undefined) continue;
        const own = path === '' ? (node.alias ?? node.name).value : `${path}.${(node.alias ?? node.name).value}`;
        const of = getNamedType(field.type);
        const through = isListType(getNullableType(field.type)) ? own : list;
        if (of.name === TABLE) this.found.set(own, { path: own, list: through });
        else this.walk(node.selectionSet, of, own, through);
        continue;
      }
      const fragment = node.kind === Kind.INLINE_FRAGMENT ? node : this.fragments.get(node.name.value);
      if (fragment !== undefined) this.walk(fragment.selectionSet, this.typeOf(fragment, type), path, list);
    }
  }

  private typeOf(
    { typeCondition }: FragmentDefinitionNode | InlineFragmentNode,
    parent: GraphQLNamedType | undefined,
  ): GraphQLNamedType | undefined {
    return typeCondition === undefined ? parent : this.schema.getType(typeCondition.name.value);
  }
}
