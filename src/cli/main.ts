#!/usr/bin/env node
import { Command } from 'commander';
import { LundongError } from '../domain/errors.js';
import { databaseAway, isDatabaseAway } from '../store/database-away.js';
import { auditCommand } from './commands/audit.command.js';
import { backtestCommand } from './commands/backtest.command.js';
import { biCommand } from './commands/bi.command.js';
import { demoCommand } from './commands/demo.command.js';
import { featuresCommand } from './commands/features.command.js';
import { importCommand } from './commands/import.command.js';
import { keysCommand } from './commands/keys.command.js';
import { modelCommand } from './commands/model.command.js';
import { reportCommand } from './commands/report.command.js';
import { schemaCommand } from './commands/schema.command.js';
import { serveCommand } from './commands/serve.command.js';
import { statusCommand } from './commands/status.command.js';
import { workerCommand } from './commands/worker.command.js';
import { killWhatIsStuck } from './stuck-threads.js';

const program = new Command('lundong')
  .description('GraphQL analytics for A-share industry rotation')
  .addCommand(serveCommand)
  .addCommand(workerCommand)
  .addCommand(demoCommand)
  .addCommand(importCommand)
  .addCommand(backtestCommand)
  .addCommand(featuresCommand)
  .addCommand(modelCommand)
  .addCommand(reportCommand)
  .addCommand(statusCommand)
  .addCommand(keysCommand)
  .addCommand(biCommand)
  .addCommand(auditCommand)
  .addCommand(schemaCommand)
  .showHelpAfterError('(see lundong --help)');

try {
  await program.parseAsync();
} catch (failure) {
  const error = isDatabaseAway(failure) ? databaseAway(failure) : failure;
  // What the operator can mend is told plainly; anything else is a fault of ours and keeps its stack.
  process.stderr.write(
    error instanceof LundongError ? `${error.code}: ${error.message}\n` : `${(error as Error).stack}\n`,
  );
  process.exitCode = 1;
}
killWhatIsStuck();
