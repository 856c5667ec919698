/** The streams that are open, so that they can be ended: when the server closes, or their callers may ask no more. */
export class OpenStreams {
  private readonly open = new Set<(reason: Error) => void>();

  /** @param reason what each ends with, where it is an error of ours */
  endAll(reason: Error): void {
    for (const end of [...this.open]) end(reason);
  }

  /**
   * A generator that can be left while it waits: `return` of a plain one would itself wait for the value that may never
   * come. Where its signal was raised with an error of ours, that is how it ends.
   */
  cancellable<T>(
    generate: (signal: AbortSignal) => AsyncGenerator<T>,
    onOpen: (end: (reason: Error) => void) => () => void,
  ): AsyncIterableIterator<T> {
    const controller = new AbortController();
    const generator = generate(controller.signal);
    let reason: Error | null = null;
    const endWith = (why: Error): void => {
      reason = why;
      controller.abort();
    };
    this.open.add(endWith);
    const release = onOpen(endWith);
    const end = (): void => {
      release();
      this.open.delete(endWith);
      controller.abort();
    };
    return {
      next: async () => {
        try {
          const result = await generator.next();
          if (reason !== null) throw reason;
          if (result.done) end();
          return result;
        } catch (error) {
          end();
          throw error;
        }
      },
      return: () => {
        end();
        return generator.return(undefined);
      },
      [Symbol.asyncIterator]() {
        return this;
      },
    };
  }
}

/** The same values, changed; an error becomes the last value. Leaving it leaves the source at once. */
export function mapped<T>(
  source: AsyncGenerator<T, void, void>,
  change: (value: T) => T,
  last: (error: unknown) => T,
): AsyncGenerator<T, void, void> {
  let hasFailed = false;
  return {
    next: async () => {
      if (hasFailed) return { done: true, value: undefined };
      try {
        const result = await source.next();
        return result.done ? result : { done: false, value: change(result.value) };
      } catch (error) {
        hasFailed = true;
        return { done: false, value: last(error) };
      }
    },
    return: () => source.return(),
    throw: (error) => source.throw(error),
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}
