import { Command } from 'commander';
import { closeBiLogin, openBiLogin } from '../../store/bi-role.js';
import { withWorkspace } from '../../workspace.js';
import { operator } from '../operator.js';

export const biCommand = new Command('bi').description('let BI tools read the views of the schema bi, and no more');

biCommand
  .command('open')
  .description('print the URL to read them with, this once; it has a new password, and the one before ends')
  .action(() =>
    withWorkspace(async ({ store }) => {
      process.stdout.write(`${await openBiLogin(store.manager, store.url, operator())}\n`);
    }),
  );

biCommand
  .command('close')
  .description('end it, and every session that uses it')
  .action(() => withWorkspace(({ store }) => closeBiLogin(store.manager, operator())));
