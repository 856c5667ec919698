// Loaded before the server by `--import`: tells its memory, garbage collected, to the process that started it.
process.on('message', (message) => {
  if (message !== 'memory') return;
  globalThis.gc();
  globalThis.gc();
  process.send(process.memoryUsage());
});
process.channel?.unref();
