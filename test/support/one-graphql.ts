import { createRequire } from 'node:module';

/**
 * The copy of graphql that the packages of the server use. Vite would give the files it loads another one, and graphql
 * refuses a schema made by a second copy; so whatever builds a schema begins with
 *
 *     vi.mock('graphql', async () => (await import('../support/one-graphql.js')).default);
 */
export default createRequire(import.meta.url)('graphql') as typeof import('graphql');
