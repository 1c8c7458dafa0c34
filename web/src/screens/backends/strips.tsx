import type { Backend } from "../../api/api.gen";
import { glyph } from "../../parts/glyph";
import { clockTime, count, span } from "../../parts/time";
import { zone } from "../../state/prefs";
import { session } from "../../state/session";
import { outcomes } from "./row";
import { changed, said, strips, worded, type Stretch, type Strip } from "./strip";

const longest = 15 * 60_000; // milliseconds that are drawn
const mostShown = 40;

/** Strips draw how each instance was in the last 15 minutes, as of the answer that told it. */
export function Strips({ backend: b, at }: { backend: Backend; at: number }) {
  const started = Date.parse(session.value?.startedAt ?? "");
  const young = started > at - longest;
  const from = young ? Math.min(started, at) : at - longest;
  const all = strips(b, from, at);
  if (all.length === 0) return null;
  const first = all.length > mostShown ? [...all].sort((a, c) => c.stretches.length - a.stretches.length) : all;
  const left = all.length - mostShown;
  return (
    <div class="strips" role="group" aria-label="States of the last 15 minutes">
      <h3>
        States of the last 15 minutes{young ? ", that is, since the start" : ""}
      </h3>
      {first.slice(0, mostShown).map((strip) => (
        <Line key={strip.addr} strip={strip} />
      ))}
      <p class="axis small muted">
        <span>{clockTime(from, zone.value)}</span>
        <span>{clockTime(at, zone.value)}</span>
      </p>
      {left > 0 ? <p class="muted">{count(left)} more were left out, those that changed least.</p> : null}
    </div>
  );
}

function Line({ strip }: { strip: Strip }) {
  return (
    <div class="line">
      <code title={strip.addr}>
        <bdi>{strip.addr}</bdi>
      </code>
      <span class="strip" role="img" aria-label={said(strip)}>
        {strip.stretches.map((s, i) => (
          <Piece key={i} of={s} />
        ))}
      </span>
      <span class="small muted">{changed(strip)}</span>
    </div>
  );
}

/** Piece has its sign and its word where there is room; its line says what it is anyway, and so does the list. */
function Piece({ of: s }: { of: Stretch }) {
  const outcome = outcomes[s.state] ?? "not-tried";
  const word = worded(s.state);
  const times = `${clockTime(s.from, zone.value)} to ${clockTime(s.to, zone.value)}, ${span(s.to - s.from)}`;
  const says = `${word}, ${times}` + (s.reason === "" ? "" : `: ${s.reason}`);
  return (
    <span class={"stretch " + outcome} title={says} style={{ flexGrow: String(Math.max(1, s.to - s.from)) }}>
      <span class="sign">{glyph(outcome)}</span> <span class="word">{word}</span>
    </span>
  );
}
