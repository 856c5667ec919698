import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { FastifyPluginAsync } from 'fastify';

const require = createRequire(import.meta.url);

/** The page's files, all from installed packages: the page works without any network but this server. */
const ASSETS: readonly { name: string; inPackage: string; path: string; type: string }[] = [
  { name: 'react.js', inPackage: 'react', path: 'umd/react.production.min.js', type: 'text/javascript' },
  { name: 'react-dom.js', inPackage: 'react-dom', path: 'umd/react-dom.production.min.js', type: 'text/javascript' },
  { name: 'graphiql.js', inPackage: 'graphiql', path: 'graphiql.min.js', type: 'text/javascript' },
  { name: 'graphiql.css', inPackage: 'graphiql', path: 'graphiql.min.css', type: 'text/css' },
];

const FIRST_QUERY = `# The six industries with the highest diffusion index
query BestIndustries {
  factor(key: "diffusion") {
    ranking(top: 6) {
      asOf
      items { rank value coverage weekChange industry { code nameZh nameEn } }
      unavailable { industry { code } reason }
    }
  }
}
`;

const SYNTHETIC_BANNER = '<p role="note">演示数据，全部虚构 · Demo market: every price on this server is invented.</p>';

/** `GET /`: GraphiQL, and above it a word of warning while the data are invented. */
export const graphiqlPage: FastifyPluginAsync<{ isSynthetic: () => boolean }> = async (app, { isSynthetic }) => {
  app.get('/', async (_request, reply) => reply.type('text/html; charset=utf-8').send(page(isSynthetic())));
  for (const { name, inPackage, path, type } of ASSETS) {
    const file = join(dirname(require.resolve(`${inPackage}/package.json`)), path);
    app.get(`/graphiql/${name}`, async (_request, reply) =>
      reply
        .type(`${type}; charset=utf-8`)
        .header('cache-control', 'public, max-age=86400')
        .send(await readFile(file)),
    );
  }
};

function page(synthetic: boolean): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>lundong 轮动</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="/graphiql/graphiql.css">
<style>
  body { margin: 0; height: 100vh; display: flex; flex-direction: column }
  [role=note] { margin: 0; padding: 6px 12px; background: #7a4b00; color: #fff; font: 14px system-ui, sans-serif }
  #graphiql { flex: 1; min-height: 0 }
</style>
</head>
<body>
${synthetic ? SYNTHETIC_BANNER : ''}
<div id="graphiql"></div>
<script src="/graphiql/react.js"></script>
<script src="/graphiql/react-dom.js"></script>
<script src="/graphiql/graphiql.js"></script>
<script>
  ReactDOM.createRoot(document.getElementById('graphiql')).render(
    React.createElement(GraphiQL, {
      fetcher: GraphiQL.createFetcher({ url: '/graphql' }),
      defaultQuery: ${JSON.stringify(FIRST_QUERY)},
      shouldPersistHeaders: false,
    }),
  );
</script>
</body>
</html>
`;
}
