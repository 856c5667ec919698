import { Command } from 'commander';
import { LundongError } from '../../domain/errors.js';
import type { ModelVersion } from '../../domain/model-version.js';
import { withWorkspace } from '../../workspace.js';
import { readModelFiles } from '../model-files.js';
import { operator } from '../operator.js';

export const modelCommand = new Command('model')
  .description('the models that score stocks')
  .addCommand(
    new Command('add')
      .description('register models, each after a trial; one that is registered already changes nothing')
      .argument('<manifests...>', 'JSON manifests; each names its .onnx file, which lies beside it')
      .action((paths: string[]) =>
        withWorkspace(async (workspace) => {
          const registry = workspace.modelRegistry();
          for (const path of paths) {
            const { manifest, bytes } = await readModelFiles(path);
            print([await registry.register(operator(), manifest, bytes).catch(withPath)], () => '');
          }
        }),
      ),
  )
  .addCommand(
    new Command('list')
      .description('print every model that was ever registered')
      .action(() => withWorkspace(async (workspace) => print(await workspace.modelRegistry().list(), () => ''))),
  )
  .addCommand(
    new Command('withdraw')
      .description('leave a model out of scoring for good; what it scored is computed anew with the others')
      .argument('<name>')
      .action((name: string) =>
        withWorkspace(async (workspace) =>
          print([await workspace.modelRegistry().withdraw(operator(), name)], () => ''),
        ),
      ),
  )
  .addCommand(
    new Command('verify')
      .description('hash and run every registered model anew; ends with exit code 1 where one is not as registered')
      .action(() =>
        withWorkspace(async (workspace) => {
          const checks = await workspace.modelRegistry().verify();
          const problems = new Map(checks.map(({ model, problem }) => [model, problem]));
          print([...problems.keys()], (model) => (problems.get(model) ? '  NOT AS REGISTERED' : '  good'));
          const bad = checks.filter(({ problem }) => problem !== null);
          if (bad.length > 0)
            throw new LundongError(
              'MODEL_INVALID',
              bad.map(({ model, problem }) => `${model.name}: ${problem?.message}`).join('\n'),
            );
        }),
      ),
  );

/** The operator is told the path, which callers over the network are not. */
function withPath(error: unknown): never {
  if (!(error instanceof LundongError) || error.code !== 'STORAGE_UNAVAILABLE') throw error;
  throw new LundongError(error.code, `${error.message} ${(error.cause as Error).message}.`, {}, { cause: error });
}

function print(models: readonly ModelVersion[], remark: (model: ModelVersion) => string): void {
  const width = Math.max(0, ...models.map(({ name }) => name.length));
  for (const model of models) {
    const { name, featureSpec, validFrom, validTo, sha256, withdrawnAt } = model;
    const withdrawn = withdrawnAt === null ? '' : `  withdrawn ${withdrawnAt.toISOString().slice(0, 10)}`;
    process.stdout.write(
      `${name.padEnd(width)}  ${featureSpec}  ${validFrom} … ${validTo ?? '(no end)  '}  ${sha256.slice(0, 12)}${withdrawn}${remark(model)}\n`,
    );
  }
}
