import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import type { Problem } from "../api/problem";
import { zone } from "../state/prefs";
import { clockTime } from "./time";

interface ProblemProps {
  problem: Problem;
  again?: () => void;
  /** When what is shown below it was told, in milliseconds; then it is dimmed. 0 where nothing is. */
  at?: number;
}

/**
 * ProblemView says what a call didn't do and why, with a way to try again. Other panels live on. Where nobody answers,
 * the banner says so for all that is shown; where a token is asked for, the sign-in does, and the page stays as it was.
 */
export function ProblemView({ problem, again, at = 0 }: ProblemProps) {
  if ((problem.silent && at > 0) || problem.status === 401) return null;
  return (
    <div class={at > 0 ? "problem dims" : "problem"} role="alert">
      <p>
        <span class="mark error" aria-hidden="true">
          ✕
        </span>{" "}
        <bdi>{problem.message}</bdi>
        {problem.kind === "" ? null : <code class="kind">{problem.kind}</code>}
      </p>
      {at > 0 ? <p class="muted">What is shown is as of {clockTime(at, zone.value)}.</p> : null}
      {problem.fault.snippet ? <pre class="snippet" tabIndex={0}>{problem.fault.snippet}</pre> : null}
      {problem.retryAfter > 0 ? <Wait key={problem} seconds={problem.retryAfter} /> : null}
      {again === undefined ? null : (
        <button type="button" onClick={again}>
          Try again
        </button>
      )}
    </div>
  );
}

/** Wait counts down what the dispatcher asks to wait. */
export function Wait({ seconds }: { seconds: number }) {
  const left = useSignal(seconds);
  useEffect(() => {
    const timer = setInterval(() => (left.value = Math.max(0, left.value - 1)), 1000);
    return () => clearInterval(timer);
  }, []);
  return (
    <p class="muted">
      {left.value > 0 ? `The dispatcher asks to wait: ${left.value} s more.` : "It may be asked again now."}
    </p>
  );
}
