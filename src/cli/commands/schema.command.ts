import { readFile, writeFile } from 'node:fs/promises';
import { Command } from 'commander';
import { buildSchema, findBreakingChanges } from 'graphql';
import { LundongError } from '../../domain/errors.js';
import { buildApiSchema, printApiSchema } from '../../graphql/schema.js';
import { RESOLVERS } from '../../modules/resolvers.js';

const FILE = 'schema/schema.graphql';

export const schemaCommand = new Command('schema')
  .description(`write ${FILE} from the code`)
  .option('--check', 'only check that the file is what the code says', false)
  .action(async ({ check }: { check: boolean }) => {
    const schema = buildApiSchema(RESOLVERS);
    const printed = printApiSchema(schema);
    const committed = await readFile(FILE, 'utf8').catch(() => null);
    if (!check) await writeFile(FILE, printed);
    if (committed === null || committed === printed) return;
    const breaking = findBreakingChanges(buildSchema(committed), schema).map((change) => `  ${change.description}`);
    if (breaking.length > 0) process.stderr.write(`Changes that break clients:\n${breaking.join('\n')}\n`);
    if (check)
      throw new LundongError(
        'SCHEMA_DRIFT',
        `${FILE} is not what the code says; run npm run schema:emit and review the difference.`,
      );
  });
