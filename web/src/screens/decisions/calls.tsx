import { useSignal } from "@preact/signals";
import { useEffect, useMemo } from "preact/hooks";
import { Mark } from "../../parts/glyph";
import { useKeys } from "../../parts/keys";
import { Rows, type Row } from "../../parts/rows";
import { count, span } from "../../parts/time";
import { Clock } from "../../parts/when";
import { calls, worstFirst, type Call } from "../../sip/calls";
import type { Filter } from "../../state/filter";
import { items, phase, version } from "../../state/live";
import { address, go } from "../../state/route";
import { CallView } from "../call/view";
import { Hint, Nothing } from "./nothing";

/** CallList has one row a Call-ID. Where somebody is looked for, calls that failed come first. */
export function CallList({ filter, paused }: { filter: Filter; paused: boolean }) {
  const all = useGrouped(paused);
  const chosen = useSignal("");
  const searched = filter["user"] !== undefined || filter["q"] !== undefined;
  const list = useMemo(() => (searched ? worstFirst(all) : all), [all, searched]);
  const at = list.findIndex((c) => c.callId === chosen.value);
  useKeys([
    { keys: "l", does: "open the ladder", run: () => chosen.value !== "" && go(address("call", [chosen.value])) },
  ]);
  if (list.length === 0) return phase.value === "waiting" ? <div class="waiting" data-lines="10" /> : <Nothing />;
  return (
    <div class="list-and-detail">
      <Rows
        class="calls"
        label={searched ? "Calls, those that failed first" : "Calls, the newest first"}
        head={[
          "time",
          "from",
          "to",
          "method",
          "state",
          "why",
          <span class="right">messages</span>,
          <span class="right">took</span>,
        ]}
        count={list.length}
        selected={at}
        select={(i) => (chosen.value = list[i]?.callId ?? "")}
        open={(i) => go(address("call", [list[i]?.callId ?? ""]))}
        row={(i) => row(list[i], i)}
      />
      {at < 0 ? <Hint what="call" /> : <CallView key={chosen.value} callIds={[chosen.value]} />}
    </div>
  );
}

const every = 500; // milliseconds between groupings: 20,000 messages take some

function useGrouped(paused: boolean): readonly Call[] {
  const grouped = useSignal<readonly Call[]>([]);
  useEffect(() => {
    if (paused) return;
    let seen = -1;
    const group = (): void => {
      if (seen === version.peek()) return;
      seen = version.peek();
      grouped.value = calls(newestFirst());
    };
    group();
    const timer = setInterval(group, every);
    return () => clearInterval(timer);
  }, [paused]);
  return grouped.value;
}

function* newestFirst() {
  for (let n = items.end - 1; n >= items.first; n--) {
    const entry = items.at(n)?.entry;
    if (entry !== undefined) yield entry;
  }
}

function row(call: Call | undefined, index: number): Row {
  if (call === undefined) return { key: index, cells: [] };
  const lasted = Date.parse(call.last) - Date.parse(call.first);
  return {
    key: call.callId,
    kind: call.fate,
    cells: [
      <Clock time={call.first} />,
      <bdi title={call.from}>{call.from || "–"}</bdi>,
      <bdi title={call.to}>{call.to || "–"}</bdi>,
      <bdi>{call.method}</bdi>,
      <Mark of={call.fate}>{" " + call.state}</Mark>,
      <bdi title={call.why}>{call.why}</bdi>,
      <span class="right">
        {count(call.messages)}
        {call.failed > 0 ? `, ${count(call.failed)} ✕` : ""}
      </span>,
      <span class="right">{call.messages > 1 ? span(lasted) : ""}</span>,
    ],
  };
}
