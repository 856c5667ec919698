const SIGNALS = ['SIGINT', 'SIGTERM'] as const;

/** The first signal to stop; a second one, of whichever kind, then ends the process at once, as is usual. */
export function terminationSignal(): Promise<string> {
  return new Promise((resolve) => {
    const onSignal = (signal: string): void => {
      for (const each of SIGNALS) process.off(each, onSignal);
      resolve(signal);
    };
    for (const each of SIGNALS) process.on(each, onSignal);
  });
}
