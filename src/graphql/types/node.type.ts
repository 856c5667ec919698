import { Field, ID, InterfaceType } from 'type-graphql';
import { LundongError } from '../../domain/errors.js';

@InterfaceType('Node', {
  // Which type a value has is told by its class: a resolveType of ours would be wrapped as asynchronous, which compiled
  // execution does not wait for.
  description: 'Anything that can be fetched again by its id alone.',
})
export abstract class NodeType {
  /** What it is, and its key among its kind: all that the id says. */
  protected abstract readonly identity: { readonly type: string; readonly key: string };

  @Field(() => ID, { description: 'Opaque and stable: the same thing has the same id in every answer.' })
  get id(): string {
    const { type, key } = this.identity;
    return Buffer.from(`${type}:${key}`).toString('base64url');
  }
}

/** @throws LundongError INVALID_ARGUMENT for a text that was never an id of ours */
export function fromGlobalId(id: string): { type: string; key: string } {
  const match = /^([A-Z][A-Za-z]*):(.+)$/s.exec(Buffer.from(id, 'base64url').toString('utf8'));
  if (!match)
    throw new LundongError(
      'INVALID_ARGUMENT',
      `"${id.slice(0, 60)}" is no id; ids come from the id fields of answers.`,
    );
  return { type: match[1] as string, key: match[2] as string };
}
