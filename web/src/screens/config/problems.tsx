import type { ConfigProblem } from "../../api/api.gen";
import { Mark } from "../../parts/glyph";

/** Problems lists what is wrong or doubtful in a configuration; each leads to its place. */
export function Problems({ list, go }: { list: readonly ConfigProblem[]; go: (p: ConfigProblem) => void }) {
  const errors = list.filter((p) => p.severity === "error").length;
  return (
    <>
      <p>
        {errors > 0 ? (
          <Mark of="error">{` ${errors} ${errors === 1 ? "thing keeps" : "things keep"} it from being used.`}</Mark>
        ) : (
          <Mark of="match"> It can be used.</Mark>
        )}
        {list.length > errors ? ` ${list.length - errors} to look at again.` : ""}
      </p>
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
              <pre class="snippet">
                <bdi>{p.snippet}</bdi>
              </pre>
            )}
          </li>
        ))}
      </ul>
    </>
  );
}
