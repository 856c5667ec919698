import { Command } from 'commander';
import { withWorkspace } from '../../workspace.js';
import { loadDemoMarket } from '../demo-market/load-demo-market.js';
import { serve } from '../serve.js';

export const demoCommand = new Command('demo')
  .description('make the synthetic demo market, once, through the ordinary importer, and serve it')
  .action(() =>
    withWorkspace(async (workspace) => {
      const markets = await workspace.markets();
      // Where any data are loaded, neither real ones nor an earlier demo are touched.
      if (markets.current().dataVersion === 0) {
        process.stderr.write('Making a synthetic demo market: every price in it is invented.\n');
        await loadDemoMarket(workspace);
      }
      await serve(workspace, 'demo');
    }),
  );
