/** The first signal to stop; a second one then ends the process at once, as is usual. */
export function terminationSignal(): Promise<string> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve(signal));
  });
}
