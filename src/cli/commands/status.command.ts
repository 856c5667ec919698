import { Command } from 'commander';
import { withWorkspace } from '../../workspace.js';
import { formatStatus } from '../status-table.js';

export const statusCommand = new Command('status').description('print what is loaded').action(() =>
  withWorkspace(async (workspace) => {
    const markets = await workspace.markets();
    process.stdout.write(`${await formatStatus(markets.current())}\n`);
  }),
);
