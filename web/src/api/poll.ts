import { whenOpen } from "./call";
import { asProblem, isAbort } from "./problem";
import { untilTried } from "./reach";
import { backOff, pause, untilVisible, whenLongHidden } from "./visible";

/**
 * poll asks again and again, ms after each answer, until the signal ends it: not while the page is hidden, later where
 * the dispatcher asks for that, and after a 401 once there is another token.
 * ask deals with what it gets and throws Problems.
 */
export async function poll(
  ask: (signal: AbortSignal) => Promise<void>,
  ms: number,
  signal: AbortSignal,
): Promise<void> {
  for (let failures = 0; !signal.aborted;) {
    await untilVisible(signal);
    await whenOpen(signal);
    if (signal.aborted) return;
    const one = new AbortController();
    const end = (): void => one.abort();
    signal.addEventListener("abort", end);
    const seen = whenLongHidden(end);
    let wait = ms;
    try {
      await ask(one.signal);
      failures = 0;
    } catch (thrown) {
      if (!isAbort(thrown)) {
        const problem = asProblem(thrown);
        if (problem.status === 401) continue; // once there is another token
        if (problem.status === 404) return;
        if (problem.silent) {
          await untilTried(signal);
          continue;
        }
        wait = Math.max(ms, problem.retryAfter * 1000, backOff(failures++));
      }
    } finally {
      seen();
      signal.removeEventListener("abort", end);
    }
    await pause(wait, signal);
  }
}
