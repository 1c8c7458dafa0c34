import type { Problem } from "../api/problem";

/** ProblemView says what a call didn't do and why, with a way to try again. Other panels live on. */
export function ProblemView({ problem, again }: { problem: Problem; again?: () => void }) {
  return (
    <div class="problem" role="alert">
      <p>
        <span class="mark error" aria-hidden="true">
          ✕
        </span>{" "}
        <bdi>{problem.message}</bdi>
        {problem.kind === "" ? null : <code class="kind">{problem.kind}</code>}
      </p>
      {problem.fault.snippet ? <pre class="snippet">{problem.fault.snippet}</pre> : null}
      {problem.retryAfter > 0 ? <p class="muted">The dispatcher asks to wait {problem.retryAfter} s.</p> : null}
      {again === undefined ? null : (
        <button type="button" onClick={again}>
          Try again
        </button>
      )}
    </div>
  );
}
