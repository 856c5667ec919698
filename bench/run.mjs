// All benchmarks, or those named on the command line. Each prints ratios measured side by side in one run: the absolute
// figures are those of this machine at this minute.
const BENCHMARKS = ['diffusion', 'backtest', 'gru', 'ranking', 'export', 'etf'];

for (const name of BENCHMARKS.filter((one) => process.argv.length < 3 || process.argv.includes(one))) {
  console.log(`\n== ${name}`);
  const { run } = await import(`./${name}.bench.mjs`);
  await run();
}
