import type { ConfigProblem } from "../../api/api.gen";
import { Mark } from "../../parts/glyph";
import { count, many } from "../../parts/time";

interface ProblemsProps {
  list: readonly ConfigProblem[];
  /** How many there are: the dispatcher lists the first ones, errors before warnings. */
  total: number;
  go: (p: ConfigProblem) => void;
}

/** Shown says how many of all problems are listed; nothing where all are. */
export function Shown({ of: shown, total, what = "problem" }: { of: number; total: number; what?: string }) {
  if (total <= shown) return null;
  return (
    <p class="caution" role="status">
      {count(shown)} of {many(total, what)} are listed.
    </p>
  );
}

/** Problems lists what is wrong or doubtful in a configuration; each leads to its place. */
export function Problems({ list, total, go }: ProblemsProps) {
  const errors = list.filter((p) => p.severity === "error").length;
  const full = total > list.length && errors === list.length; // there may be errors that aren't listed
  return (
    <>
      <p>
        {errors > 0 ? (
          <Mark of="error">
            {` ${full ? "At least " : ""}${errors} ${errors === 1 ? "thing keeps" : "things keep"} it from being used.`}
          </Mark>
        ) : (
          <Mark of="match"> It can be used.</Mark>
        )}
        {list.length > errors ? ` ${count(Math.max(total, list.length) - errors)} to look at again.` : ""}
      </p>
      <Shown of={list.length} total={total} />
      <ul class="problems">
        {list.map((p, i) => (
          <li key={i}>
            <button type="button" class="quiet place" onClick={() => go(p)}>
              {p.line}:{p.column}
            </button>
            <Mark of={p.severity === "error" ? "error" : "no-match"} />{" "}
            <code>
              <bdi>{p.path}</bdi>
            </code>
            <p>
              <bdi>{p.message}</bdi>
            </p>
            {p.snippet === "" ? null : (
              <pre class="snippet" tabIndex={0}>
                <bdi>{p.snippet}</bdi>
              </pre>
            )}
          </li>
        ))}
      </ul>
    </>
  );
}
