import { useSignal } from "@preact/signals";
import { Fragment } from "preact";
import type { Impact } from "../../api/api.gen";
import { call } from "../../api/call";
import { asProblem } from "../../api/problem";
import { Portion } from "../../parts/bar";
import { count, many, share } from "../../parts/time";
import { recorded } from "../../state/recorded";
import { byMethod } from "./bymethod";
import { Examples } from "./examples";

type Move = Impact["moves"][number];

/** Moves are the groups of messages that would go elsewhere; each is ticked off as somebody has read it. */
export function Moves({ moves, moved, config, ask }: {
  moves: readonly Move[];
  /** How many messages go elsewhere, all groups together. */
  moved: number;
  config: string;
  ask: (id: string) => void;
}) {
  const read = useSignal<ReadonlySet<string>>(new Set());
  if (moves.length === 0) return null;
  const done = moves.filter((m) => read.value.has(key(m))).length;
  const tick = (m: Move): void => {
    const next = new Set(read.value);
    if (!next.delete(key(m))) next.add(key(m));
    read.value = next;
  };
  return (
    <>
      <p class="muted" role="status">{done} of {many(moves.length, "group")} read.</p>
      <table class="moves">
        <thead>
          <tr>
            <th>read</th><th>from</th><th>to</th><th>by rule</th><th class="number">messages</th>
          </tr>
        </thead>
        <tbody>
          {moves.map((m) => (
            <Fragment key={key(m)}>
            <tr class={"moved" + (read.value.has(key(m)) ? " done" : "")}>
              <td>
                <input
                  type="checkbox" checked={read.value.has(key(m))} onChange={() => tick(m)}
                  aria-label={`From ${m.from || "nobody"} to ${m.to || "nobody"} is read`}
                />
              </td>
              <td><bdi>{m.from || "nobody"}</bdi></td>
              <td><bdi>{m.to || "nobody"}</bdi></td>
              <td><bdi>{m.rule ?? ""}</bdi></td>
              <td class="number" title={`${share(m.count, moved)} of what would go elsewhere`}>
                <Portion part={m.count} whole={moved} /> {count(m.count)}
              </td>
            </tr>
            <tr class="examples">
              <td />
              <td colSpan={4}>
                <p class="methods small muted"><bdi>{byMethod(m.byMethod)}</bdi></p>
                <Examples list={m.examples} ask={ask} />
                <All key={config} move={m} config={config} ask={ask} />
              </td>
            </tr>
            </Fragment>
          ))}
        </tbody>
      </table>
    </>
  );
}

// A group that grew isn't read any more.
const key = (m: Move): string => [m.from, m.to, m.rule ?? "", m.count].join("\n");

const page = 50;

/** All has the ids of a group's messages, a page of them at a time. */
function All({ move, config, ask }: { move: Move; config: string; ask: (id: string) => void }) {
  const ids = useSignal<readonly string[]>([]);
  const shown = useSignal(0);
  const next = useSignal<number | undefined>(0);
  const said = useSignal("");
  const more = async (): Promise<void> => {
    try {
      if (shown.value + page > ids.value.length && next.value !== undefined) {
        const { from, to, rule } = move;
        const named = rule === undefined ? { from, to } : { from, to, rule };
        const body = { config, recorded: recorded(), move: named, offset: next.value };
        const got = await call<Impact>("/config/impact", { method: "POST", body });
        ids.value = [...ids.value, ...(got.ids ?? [])];
        next.value = got.next;
      }
      shown.value = Math.min(ids.value.length, shown.value + page);
      said.value = "";
    } catch (thrown) {
      said.value = asProblem(thrown).message;
    }
  };
  const left = next.value === undefined ? ids.value.length - shown.value : move.count - shown.value;
  return (
    <>
      {ids.value.slice(0, shown.value).map((id) => (
        <button key={id} type="button" class="quiet" onClick={() => ask(id)}><bdi>{id}</bdi></button>
      ))}
      {left > 0 && move.count > move.examples.slice(0, 3).length ? (
        <button type="button" class="quiet" onClick={() => void more()}>
          {shown.value === 0 ? `All ${count(move.count)}` : `${count(left)} more`}
        </button>
      ) : null}
      {said.value === "" ? null : <span role="alert"><bdi>{said.value}</bdi></span>}
    </>
  );
}
