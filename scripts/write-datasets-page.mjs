// Writes the table of docs/datasets.md from the built code; test/docs fails where the two differ.
import { readFileSync, writeFileSync } from 'node:fs';
import { describeDatasets } from '../dist/src/lake/datasets.js';

const page = new URL('../docs/datasets.md', import.meta.url);
const written = readFileSync(page, 'utf8').replace(/(?<=^```text\n).*?(?=^```$)/ms, () => `${describeDatasets()}\n`);
writeFileSync(page, written);
