import type { Tried } from "../../api/api.gen";
import { Bar } from "../../parts/bar";
import type { Outcome } from "../../parts/glyph";
import { count, many } from "../../parts/time";
import { walkDecisions } from "./walk";

const words: Record<Outcome, string> = {
  match: "match",
  "no-match": "no match",
  error: "error",
  "not-tried": "of other methods",
};

/** Numbers say what the rule did to recorded messages, and lead to examples. */
export function Numbers({ tried: t }: { tried: Tried }) {
  if (t.tried === 0) return <p class="muted">No messages are kept yet. What comes in from now on is tried here.</p>;
  return (
    <>
      <p>
        <Bar
          worded said={words}
          parts={[
            ["match", t.match],
            ["no-match", t["no-match"]],
            ["error", t.error],
            ["not-tried", t.methods],
          ]}
        />{" "}
        <Examples label="errors" ids={t.examples.error} />
        <Examples label="matches" ids={t.examples.match} />
        <Examples label="others" ids={t.examples["no-match"]} />
      </p>
      <p>{moves(t)}</p>
      {t.errors.map((e) => (
        <p key={e.error} class="doubt">
          <span class="mark error">
            <span aria-hidden="true">✕</span> {count(e.count)}
          </span>{" "}
          <bdi>{e.error}</bdi>{" "}
          <button
            type="button"
            class="quiet"
            onClick={() => walkDecisions(t.examples.error, Math.max(0, t.examples.error.indexOf(e.example)))}
          >
            Show one
          </button>
        </p>
      ))}
      <ByMethod tried={t} />
      {t.maskedReads.length > 0 ? (
        <p class="muted small">Credentials are masked in recorded messages; the rule reads some.</p>
      ) : null}
      {t.leftOut > 0 ? (
        <p class="muted small">{many(t.leftOut, "message")} left out: too large, or time ran out.</p>
      ) : null}
    </>
  );
}

/** moves says who loses messages to the rule, and who gets those that it leaves. */
function moves(t: Tried): string {
  const list = (all: Tried["takenFrom"]): string =>
    all
      .slice(0, 4)
      .map((m) => count(m.count) + " from " + name(m.ref))
      .join(", ");
  const given = (all: Tried["leftTo"]): string =>
    all
      .slice(0, 4)
      .map((m) => count(m.count) + " to " + name(m.ref))
      .join(", ");
  const taken = t.takenFrom.length > 0 ? "takes " + list(t.takenFrom) : "";
  const left = t.leftTo.length > 0 ? "leaves " + given(t.leftTo) : "";
  const said = [taken, left].filter((s) => s !== "").join(" · ");
  return said === "" ? "No recorded message would go elsewhere." : "As it stands here it " + said + ".";
}

const name = (ref: string): string => (/^[A-Z_]+$/.test(ref) ? "nobody (" + ref + ")" : ref);

function Examples({ label, ids }: { label: string; ids: readonly string[] }) {
  if (ids.length === 0) return null;
  return (
    <button type="button" class="quiet" onClick={() => walkDecisions(ids)} title="Step through them with [ and ]">
      Show {label}
    </button>
  );
}

function ByMethod({ tried }: { tried: Tried }) {
  const rows = Object.entries(tried.byMethod);
  if (rows.length < 2) return null;
  return (
    <details>
      <summary>By method</summary>
      <table>
        <tbody>
          {rows.map(([method, n]) => (
            <tr key={method}>
              <th scope="row">
                <bdi>{method}</bdi>
              </th>
              <td>
                <Bar
                  said={words}
                  parts={[
                    ["match", n.match ?? 0],
                    ["no-match", n["no-match"] ?? 0],
                    ["error", n.error ?? 0],
                    ["not-tried", n.methods ?? 0],
                  ]}
                />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </details>
  );
}
