import { Mark } from "../../parts/glyph";
import { many } from "../../parts/time";
import { fleet, here, others, several } from "../../state/fleet";

/** FleetRuns says whether the other replicas run this configuration, and which don't; nothing where there are none. */
export function FleetRuns() {
  if (!several.value || fleet.value === null) return null;
  const differ = others.value;
  return (
    <p class="facts" role="status">
      <Mark of={fleet.value.agree ? "match" : "no-match"}>{" " + fleet.value.summary}</Mark>
      <span>
        what is shown here is of <bdi>{here.value}</bdi>
      </span>
      {differ.length === 0 ? null : (
        <span>
          another configuration at{" "}
          {differ.map((r, i) => (
            <span key={r.bootId}>
              {i > 0 ? ", " : ""}
              <bdi>{r.name}</bdi> (epoch {r.epoch}, <code title={r.hash}>{r.hash.slice(0, 8)}</code>)
            </span>
          ))}
        </span>
      )}
    </p>
  );
}

/** Live says at how many replicas a draft is live that is so here; nothing where this is the only one. */
export function Live() {
  if (!several.value) return null;
  const all = fleet.value?.replicas.length ?? 1;
  return <> here, at {all - others.value.length} of {many(all, "replica")}</>;
}
