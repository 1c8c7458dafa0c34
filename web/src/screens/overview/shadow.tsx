import type { Impact, Shadow as Reply } from "../../api/api.gen";
import { Mark } from "../../parts/glyph";
import { OnlyHere } from "../../parts/onlyhere";
import { Panel } from "../../parts/panel";
import { count, many, share } from "../../parts/time";
import type { Loaded } from "../../state/load";

/** Report is how the candidate of spec.shadow does beside traffic. */
type Report = Pick<Impact, "messages" | "moved" | "moves" | "newErrors"> & { source: string; missed: number };

const mostShown = 5;

/** Shadow is how another configuration would have routed what came in; nothing where there is none. */
export function Shadow({ loaded }: { loaded: Loaded<Reply> }) {
  if (!loaded.data.value?.shadow) return null;
  return (
    <Panel title="Shadow" loaded={loaded} lines={1} aside={<OnlyHere />}>
      {({ shadow }) => (shadow === null ? null : <Differences of={shadow as unknown as Report} />)}
    </Panel>
  );
}

function Differences({ of: r }: { of: Report }) {
  if (r.messages === 0)
    return (
      <p>
        Nothing has come in yet to be compared with <code><bdi>{r.source}</bdi></code>.
      </p>
    );
  const errors = r.newErrors.reduce((n, e) => n + e.count, 0);
  return (
    <>
      <p>
        <Mark of={errors > 0 ? "error" : r.moved > 0 ? "no-match" : "match"}>
          {` ${count(r.moved)} of ${many(r.messages, "message")} would go elsewhere`}
        </Mark>{" "}
        {r.moved > 0 ? `(${share(r.moved, r.messages)}) ` : ""}by <code><bdi>{r.source}</bdi></code>
        {errors > 0 ? `; ${many(errors, "message")} would fail anew` : ""}.
        {r.missed > 0 ? ` ${count(r.missed)} came too fast to be compared.` : ""}
      </p>
      {r.moves.length === 0 ? null : (
        <ul class="notes">
          {r.moves.slice(0, mostShown).map((m) => (
            <li key={`${m.from} ${m.to} ${m.rule ?? ""}`}>
              {count(m.count)} from <bdi>{m.from || "nobody"}</bdi> to <bdi>{m.to || "nobody"}</bdi>
            </li>
          ))}
          {r.moves.length > mostShown ? (
            <li class="muted">and {count(r.moves.length - mostShown)} other ways</li>
          ) : null}
        </ul>
      )}
    </>
  );
}
