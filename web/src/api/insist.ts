import { whenOpen } from "./call";
import { asProblem, isAbort, type Problem } from "./problem";
import { untilTried } from "./reach";
import { backOff, pause } from "./visible";

/**
 * insist asks until it is answered: again once somebody answers, later where the dispatcher asks for that, and after a
 * 401 once there is another token. It returns undefined where the signal ended it, or where the refusal is one that
 * stays. told hears of each failure.
 */
export async function insist<T>(
  ask: () => Promise<T>,
  signal: AbortSignal,
  told: (problem: Problem) => void,
): Promise<T | undefined> {
  for (let failures = 0; !signal.aborted;) {
    try {
      return await ask();
    } catch (thrown) {
      if (isAbort(thrown)) return undefined;
      const problem = asProblem(thrown);
      told(problem);
      if (problem.status === 401) await whenOpen(signal);
      else if (problem.silent) await untilTried(signal);
      else if (problem.passing) await pause(Math.max(problem.retryAfter * 1000, backOff(failures++)), signal);
      else return undefined;
    }
  }
  return undefined;
}
