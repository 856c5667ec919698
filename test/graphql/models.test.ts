import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { type DemoServer, openDemoServer } from '../support/demo-workspace.js';
import { manifestFor, modelFixture } from '../support/models.js';

vi.mock('graphql', async () => (await import('../support/one-graphql.js')).default);

const good = modelFixture('good');
const other = modelFixture('other');
const base64 = good.bytes.toString('base64');

let server: DemoServer;
beforeAll(async () => {
  server = await openDemoServer();
  await server.markets.follow((error) => {
    throw error;
  });
});
afterAll(() => server?.close());

const FIELDS =
  'id name sha256 featureSpec specVersion window features universe label horizonDays embargoDays trainedFrom trainedTo labelsTo validFrom validTo architecture framework trainedAt metrics registeredAt withdrawnAt';
const REGISTER = `mutation ($input: RegisterModelInput!) { registerModel(input: $input) { ${FIELDS} } }`;

interface Answer {
  status: number;
  body: {
    data: { registerModel: Record<string, unknown> } | null;
    errors?: { message: string; extensions: { code: string; fields?: string[] } }[];
  };
}

const register = (manifest: unknown, onnxBase64: unknown): Promise<Answer> =>
  server.graphql(REGISTER, { input: { manifest, onnxBase64 } }).then(({ status, body }) => ({ status, body }));

/** Those that are not the demo's. */
const listed = async (): Promise<Record<string, unknown>[]> =>
  (await server.graphql(`{ models { ${FIELDS} } }`)).body.data.models.filter(({ name }: { name: string }) =>
    name.startsWith('new-'),
  );

describe('registerModel and models', () => {
  test('a model is taken in, listed and found by its id', async () => {
    expect(await listed()).toEqual([]);
    const versionBefore = server.markets.current().dataVersion;
    const { body } = await register(manifestFor(good), base64);
    expect(body.errors).toBeUndefined();
    const model = body.data?.registerModel as Record<string, unknown>;
    const { file, seed, ...told } = manifestFor(good);
    expect(model).toEqual({
      ...told,
      id: expect.any(String),
      withdrawnAt: null,
      registeredAt: expect.stringMatching(/^20\d\d-.*Z$/),
    });
    expect(Buffer.from(String(model.id), 'base64url').toString()).toBe('ModelVersion:new-2025-10');
    await expect.poll(listed).toEqual([model]);
    expect(server.markets.current().dataVersion).toBe(versionBefore + 1);
    const node = await server.graphql(
      'query ($id: ID!) { node(id: $id) { __typename id ... on ModelVersion { sha256 } } }',
      {
        id: model.id,
      },
    );
    expect(node.body.data.node).toEqual({ __typename: 'ModelVersion', id: model.id, sha256: good.sha256 });
    const nobody = await server.graphql('query ($id: ID!) { node(id: $id) { id } }', {
      id: Buffer.from('ModelVersion:gru-1999').toString('base64url'),
    });
    expect(nobody.body.data.node).toBeNull();
  });

  test('the same again is the same answer, line breaks in the base64 or not', async () => {
    const first = await register(manifestFor(good), base64);
    const again = await register(manifestFor(good), base64.replaceAll(/.{76}/g, '$&\r\n'));
    expect(again.body.errors).toBeUndefined();
    expect(again.body.data).toEqual(first.body.data);
  });

  test('the diffusion index does not notice', async () => {
    const ranking = '{ factor(key: "diffusion") { ranking(asOf: "2025-10-15", top: 3) { items { value } } } }';
    const before = (await server.graphql(ranking)).body.data;
    const { statements: warm } = await server.statementsDuring(async () => server.graphql(ranking));
    await register(manifestFor(good, { name: 'new-next' }), base64);
    await expect.poll(async () => (await listed()).length).toBe(2);
    const { result, statements } = await server.statementsDuring(async () => (await server.graphql(ranking)).body.data);
    expect(result).toEqual(before);
    expect(statements).toBeLessThanOrEqual(warm + 2); // read from PostgreSQL under the new version, not computed
  });
});

describe('what cannot be registered is told with a code', () => {
  const valid = { ...manifestFor(good, { name: 'new-bad' }) };

  test.each<[string, unknown, unknown, string, RegExp]>([
    ['no base64', valid, 'not base64!', 'INVALID_ARGUMENT', /onnxBase64: "not base64!" is no base64/],
    ['base64 without its padding', valid, 'AAAAA', 'INVALID_ARGUMENT', /is no base64; .* padding included/],
    ['an empty text', valid, '', 'INVALID_ARGUMENT', /onnxBase64: "" is no base64/],
    ['another file', valid, other.bytes.toString('base64'), 'MODEL_INVALID', /do not belong together/],
    ['no manifest', null, base64, 'BAD_USER_INPUT', /input\.manifest.*not to be null/],
    ['a manifest that is a text', 'x', base64, 'MODEL_INVALID', /The manifest of the model is not valid/],
    ['a manifest that is a list', [], base64, 'MODEL_INVALID', /The manifest of the model is not valid/],
    ['an empty manifest', {}, base64, 'MODEL_INVALID', /name: is missing; file: is missing/],
    [
      'a bad date',
      { ...valid, validFrom: '2025-02-30' },
      base64,
      'MODEL_INVALID',
      /validFrom: "2025-02-30" is no date/,
    ],
    [
      'metrics nested 2,000 deep',
      { ...valid, metrics: JSON.parse(`${'{"a":'.repeat(2000)}1${'}'.repeat(2000)}`) },
      base64,
      'MODEL_INVALID',
      /metrics: is nested too deep; keep to 32 levels/,
    ],
    [
      'a list nested 2,000 deep',
      JSON.parse(`${'['.repeat(2000)}${']'.repeat(2000)}`),
      base64,
      'MODEL_INVALID',
      /The manifest of the model is not valid/,
    ],
    ['NUL in a text', { ...valid, label: 'a\u0000' }, base64, 'MODEL_INVALID', /label: .* control characters/],
    [
      'look-ahead',
      { ...valid, labelsTo: '2025-10-10' },
      base64,
      'MODEL_INVALID',
      /has seen prices of dates it is to score/,
    ],
    ['a taken name', manifestFor(good, { validTo: '2025-12-31' }), base64, 'KEY_TAKEN', /choose a new one/],
  ])('%s', async (_, manifest, onnxBase64, code, says) => {
    const { status, body } = await register(manifest, onnxBase64);
    expect(status).toBe(code === 'BAD_USER_INPUT' ? 400 : 200);
    expect(body.errors?.[0]?.extensions.code).toBe(code);
    expect(body.errors?.[0]?.message).toMatch(says);
  });

  test.each(['reshaped', 'window', 'layout', 'nan'])('the model %s', async (name) => {
    const { bytes, sha256 } = modelFixture(name);
    const { status, body } = await register({ ...valid, sha256 }, bytes.toString('base64'));
    expect({ status, code: body.errors?.[0]?.extensions.code }).toEqual({ status: 200, code: 'MODEL_INVALID' });
    expect(body.errors?.[0]?.message).not.toMatch(/\/\w+\/\w+\//);
  });

  test('metrics may hold what PostgreSQL’s own JSON could not', async () => {
    const odd = {
      ...manifestFor(good, { name: 'gru-odd', metrics: { note: 'a\u0000\ud800', deep: { n: [1.5, null] } } }),
    };
    const { body } = await register(odd, base64);
    expect(body.errors).toBeUndefined();
    expect(body.data?.registerModel.metrics).toEqual({ note: 'a\u0000\ud800', deep: { n: [1.5, null] } });
  });

  test('ten in one operation are too dear', async () => {
    const { status, body } = await server
      .graphql(
        `mutation ($input: RegisterModelInput!) { ${Array.from({ length: 11 }, (_, i) => `a${i}: registerModel(input: $input) { id }`).join(' ')} }`,
        { input: { manifest: valid, onnxBase64: base64 } },
      )
      .then((answer) => answer);
    expect(status).toBe(400);
    expect(body.errors[0].extensions.code).toBe('COST_LIMIT');
  });

  test('and nothing of it was registered', async () => {
    const names = (await listed()).map(({ name }) => name);
    expect(names).not.toContain('new-bad');
  });
});
