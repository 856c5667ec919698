/** Threads that can end have ended long before. */
const PATIENCE_MS = 5000;

/**
 * To be called when a command has closed all it opened. A thread within a call of the model runtime cannot be ended:
 * the process waits for it without end, in process.exit() too. Where one is left the process is killed, with a word on
 * stderr; nothing is kept alive by this.
 */
export function killWhatIsStuck(patienceMs = PATIENCE_MS): void {
  setTimeout(() => {
    process.stderr.write('A thread is stuck in the model runtime and cannot be ended; the process is killed.\n');
    process.kill(process.pid, 'SIGKILL');
  }, patienceMs).unref();
}
