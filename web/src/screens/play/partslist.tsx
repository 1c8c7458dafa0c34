import { glyph, type Outcome } from "../../parts/glyph";
import { Seen } from "../../parts/seen";
import { many } from "../../parts/time";
import type { Part } from "../../rule/parts";
import * as play from "./state";

const outcomes: Record<Part["state"], Outcome> = {
  true: "match",
  false: "no-match",
  threw: "error",
  skipped: "not-tried",
};
const words: Record<Part["state"], string> = { true: "true", false: "false", threw: "threw", skipped: "not asked" };

/** PartsList says in order what the editor shows in place, and what recorded messages gave for each part. */
export function PartsList() {
  const parts = play.ruleParts.value.filter((p) => p.condition || p.path !== "");
  if (parts.length === 0) return null;
  return (
    <details class="parts" open={innerWidth > 760}>
      <summary>
        {many(parts.length, "part")} of the rule{play.current.value ? "" : ", of the last version that loads"}
      </summary>
      <table class={play.current.value ? undefined : "stale"}>
        <thead>
          <tr>
            <th scope="col">Part</th>
            <th scope="col">In this message</th>
            <th scope="col">In traffic</th>
          </tr>
        </thead>
        <tbody>
          {parts.map((p, i) => (
            <Row key={i} part={p} />
          ))}
        </tbody>
      </table>
    </details>
  );
}

function Row({ part }: { part: Part }) {
  const outcome = outcomes[part.state];
  const lit = part.path !== "" && part.path === play.pointed.value;
  const point = (): void => void (play.pointed.value = part.path);
  return (
    <tr class={lit ? "lit" : undefined} onMouseEnter={point} onMouseLeave={() => (play.pointed.value = "")}>
      <td>
        <code>{breakable(part.text.length > 80 ? part.text.slice(0, 80) + "…" : part.text)}</code>
        {part.decisive ? <span class="small muted"> decides</span> : null}
      </td>
      <td>
        {part.condition ? (
          <span class={"mark " + outcome}>
            <span aria-hidden="true">{glyph(outcome)} </span>
            {words[part.state]}
          </span>
        ) : null}
        {part.condition && /^(true|false|)$/.test(part.value) ? null : (
          <code>
            <bdi> {part.value}</bdi>
          </code>
        )}
        {part.masked ? <span class="small muted"> masked</span> : null}
        {part.times > 1 ? <span class="small muted"> ×{part.times}</span> : null}
        {!part.condition && part.state === "skipped" ? <span class="mark not-tried">┄ not asked</span> : null}
      </td>
      <td>{part.traffic === undefined ? <span class="muted small">–</span> : <Seen traffic={part.traffic} />}</td>
    </tr>
  );
}

/** breakable lets a line end before a dot rather than within a name. */
const breakable = (text: string) => text.split(/(?=\??\.)/).map((piece, i) => (i === 0 ? piece : [<wbr />, piece]));
