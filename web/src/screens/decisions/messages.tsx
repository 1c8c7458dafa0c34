import { useSignal, type Signal } from "@preact/signals";
import { useEffect, useLayoutEffect, useMemo, useRef } from "preact/hooks";
import { Mark } from "../../parts/glyph";
import { useKeys } from "../../parts/keys";
import { Waiting } from "../../parts/panel";
import { ProblemView } from "../../parts/problem";
import { Rows, type Row } from "../../parts/rows";
import { took } from "../../parts/time";
import { Clock } from "../../parts/when";
import { Who } from "../../parts/who";
import { because, brief, fate, title } from "../../sip/entry";
import { filterText, type Filter } from "../../state/filter";
import { brokenAt, follow, items, listPath, older, phase, problem, version, type Item } from "../../state/live";
import { useRoom } from "../../state/room";
import { address, go } from "../../state/route";
import { kept } from "../../state/trail";
import { Detail } from "../detail/index";
import { At } from "./at";
import { Hint, Nothing } from "./nothing";
import { Pill } from "./pill";
import { Share } from "./share";

/** MessageList shows every message, the newest on top. Scrolling away, selecting and pausing hold it still. */
export function MessageList({ filter, paused }: { filter: Filter; paused: Signal<boolean> }) {
  void version.value;
  const held = useSignal<number | null>(null); // the number behind the newest row, while it is held
  const chosen = useSignal<number | null>(null);
  const tops = useSignal(0);
  const tries = useSignal(0);
  const again = (): void => void tries.value++;
  const end = held.value ?? items.end;
  const hold = (): void => void (held.value ??= items.end);
  const newest = (): void => {
    [held.value, chosen.value, seen.value, paused.value] = [null, null, "", false];
    tops.value++;
  };
  useEffect(() => {
    if (paused.value) hold();
    else if (chosen.value === null) held.value = null;
  }, [paused.value]);
  const seen = useMemo(() => kept("message of " + filterText(filter), ""), [filter]); // by its id: numbers begin anew
  useEffect(() => {
    const there = seen.value === "" ? undefined : items.find((item) => item.entry?.id === seen.value);
    if (there === undefined || chosen.value !== null) return;
    hold();
    chosen.value = there;
  }, [items.size > 0]);
  const close = (): void => {
    [chosen.value, seen.value] = [null, ""];
    if (!paused.value) held.value = null;
  };
  const entry = chosen.value === null ? undefined : items.at(chosen.value)?.entry;
  useKeys([{ keys: ".", does: "go to the newest", run: newest }]);
  const life = useRef<AbortSignal | null>(null);
  useLayoutEffect(() => {
    // at once: what another filter let through isn't seen for a moment
    const one = new AbortController();
    life.current = one.signal;
    void follow(filter, one.signal);
    return () => one.abort();
  }, [filter, tries.value]);
  const rows = Math.max(0, end - items.first);
  const missed = items.end - end;
  const why = problem.value;
  const room = useRoom("messages", items.size > 0 && why === null, 10);
  if (items.size === 0) {
    return (
      <div class="list-and-detail" {...room}>
        {why !== null ? (
          <ProblemView problem={why} again={again} />
        ) : phase.value === "waiting" ? (
          <Waiting path={listPath(filter)} again={again} lines={10} />
        ) : (
          <Nothing />
        )}
      </div>
    );
  }
  return (
    <div class={"list-and-detail" + (entry === undefined ? "" : " open")} {...room}>
      {why === null ? null : <ProblemView problem={why} again={again} at={brokenAt.value} />}
      <Rows
        class="messages"
        label="Messages, the newest first"
        head={head()}
        count={rows}
        top={tops.value}
        selected={chosen.value === null ? -1 : end - 1 - chosen.value}
        select={(i) => {
          hold();
          chosen.value = end - 1 - i;
          seen.value = items.at(chosen.value)?.entry?.id ?? "";
        }}
        open={(i) => {
          const e = items.at(end - 1 - i)?.entry;
          if (e !== undefined) go(address("call", [e.callId], { at: e.id }));
        }}
        close={chosen.value === null ? undefined : close}
        scrolled={(first, last) => {
          if (first > 0) hold();
          else if (chosen.value === null && !paused.value) held.value = null;
          if (last >= rows && life.current !== null) void older(life.current);
        }}
        row={(i) => row(items.at(end - 1 - i), end - 1 - i)}
      />
      <Pill newer={missed} go={newest} />
      {entry === undefined ? <Hint what="message" /> : <Detail key={entry.id} id={entry.id} link />}
    </div>
  );
}

/** head names the columns of row, each time anew: an element that is made once keeps the page that it was first in. */
export const head = () => [
  "time", "", "message", "from → to", "why", "processor", "code", <span class="right">took</span>, "",
];

/** row is a message's line in a list. */
export function row(item: Item | undefined, number: number): Row {
  if (item?.gap !== undefined) return { key: number, cells: [], kind: "gap", across: item.gap };
  if (item === undefined) return { key: number, cells: [] };
  const e = item.entry;
  const last = e.calls.find((c) => c.role === "processor");
  return {
    key: number,
    kind: fate(e),
    cells: [
      <Clock time={e.time} />,
      <Mark of={fate(e)} />,
      <At what={title(e)} replica={e.replica} />,
      <FromTo from={e.from} to={e.requestUri || e.to} />,
      <bdi title={because(e)}>{brief(because(e))}</bdi>,
      <bdi title={last?.addr}>
        {e.processor || "nobody"}
        {last === undefined ? "" : " " + last.addr}
      </bdi>,
      <span class={e.code === "OK" ? "muted" : undefined} title={e.code}>{e.code}</span>,
      <span class="right">{took(e.durationNs)}</span>,
      <Share total={e.durationNs} match={e.matchNs} calls={e.calls} />,
    ],
  };
}

/** FromTo is who calls whom. */
export function FromTo({ from, to }: { from: string | undefined; to: string | undefined }) {
  return (
    <>
      <Who of={from} /> <span class="muted">→</span> <Who of={to} />
    </>
  );
}
