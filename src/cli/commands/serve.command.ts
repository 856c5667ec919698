import { Command } from 'commander';
import { withWorkspace } from '../../workspace.js';
import { serve } from '../serve.js';

export const serveCommand = new Command('serve')
  .description('serve the GraphQL API on HOST and PORT until told to stop')
  .action(() => withWorkspace((workspace) => serve(workspace)));
