import { useSignal, type Signal } from "@preact/signals";
import { useEffect, useMemo, useRef } from "preact/hooks";
import type { Calls } from "../../api/api.gen";
import { query } from "../../api/call";
import { useKeys } from "../../parts/keys";
import { First, Refused } from "../../parts/panel";
import { many } from "../../parts/time";
import { fromRow, standing, worstFirst, type Call } from "../../sip/calls";
import { filterText, toCall, type Filter } from "../../state/filter";
import { scope } from "../../state/fleet";
import { coverage } from "../../state/live";
import { useLoad } from "../../state/load";
import { useRoom } from "../../state/room";
import { address, go } from "../../state/route";
import { kept } from "../../state/trail";
import { CallView } from "../call/view";
import { CallRows } from "./callrows";
import { Hint, Nothing } from "./nothing";
import { Pill } from "./pill";

const mostPicked = 8;
const every = 2_000; // milliseconds from an answer to the next question

/** callsPath is the call that fills the list. */
export const callsPath = (filter: Filter): string => query("/calls", { limit: 200, ...scope(), ...toCall(filter) });

/** failedPath asks for those that failed alone: many that went well since would leave them out of the others. */
const failedPath = (filter: Filter): string =>
  query("/calls", { limit: 200, state: "failed", ...scope(), ...toCall(filter) });

/**
 * CallList has one row a Call-ID. Where somebody is looked for, calls that failed come first. Scrolling away, selecting
 * and pausing hold it still; paused, it doesn't say either how calls go on.
 */
export function CallList({ filter, paused }: { filter: Filter; paused: Signal<boolean> }) {
  const loaded = useLoad<Calls>(callsPath(filter), { every });
  const searched = filter["user"] !== undefined || filter["q"] !== undefined;
  const failed = useLoad<Calls>(searched ? failedPath(filter) : null, { every }).data.value?.calls;
  const held = useRef<Calls | undefined>(undefined);
  if (!paused.value || held.current === undefined) held.current = loaded.data.value;
  const chosen = useMemo(() => kept("call of " + filterText(filter), ""), []);
  const picked = useSignal<readonly string[]>([]);
  const read = useRef<readonly Call[]>([]); // as they stand
  const away = useSignal(false); // scrolled from the newest
  const tops = useSignal(0);
  const got = held.current;
  const latest = useMemo(() => {
    const all = (got?.calls ?? []).map(fromRow);
    if (!searched) return all;
    const listed = new Set(all.map((c) => c.callId));
    return worstFirst([...all, ...(failed ?? []).map(fromRow).filter((c) => !listed.has(c.callId))]);
  }, [got, searched, failed]);
  useEffect(() => {
    if (got !== undefined) coverage.value = got;
  }, [got]);
  const still = paused.value || chosen.value !== "" || away.value;
  const list = !still || read.current.length === 0 ? latest : standing(read.current, paused.value ? [] : latest);
  read.current = list;
  const known = new Set(list.map((c) => c.callId));
  const newer = (loaded.data.value?.calls ?? []).filter((c) => !known.has(c.callId)).length;
  const newest = (): void => {
    [chosen.value, away.value, paused.value] = ["", false, false];
    tops.value++;
  };
  const at = list.findIndex((c) => c.callId === chosen.value);
  const pick = (callId: string): void => {
    const rest = picked.value.filter((id) => id !== callId);
    picked.value = rest.length < picked.value.length ? rest : [...rest, callId].slice(-mostPicked);
  };
  const open = (callId: string): void =>
    go(address("call", [...picked.value, ...(picked.value.includes(callId) || callId === "" ? [] : [callId])]));
  const one = chosen.value;
  useKeys([
    { keys: ".", does: "go to the newest", run: newest },
    ...(one === ""
      ? [{ keys: "Space", does: "stop or go on following", run: () => (paused.value = !paused.value) }]
      : [
          { keys: "l", does: "open the ladder", run: () => open(one) },
          { keys: "Space", does: "pick the call for one ladder of several", run: () => pick(one) },
        ]),
  ]);
  const room = useRoom("calls", got !== undefined, 10);
  if (got === undefined) {
    return (
      <div class="list-and-detail" {...room}>
        <First loaded={loaded} lines={10} />
      </div>
    );
  }
  if (list.length === 0) {
    return (
      <>
        <Refused loaded={loaded} />
        <Nothing />
      </>
    );
  }
  return (
    <div class={"list-and-detail" + (at < 0 ? "" : " open")} {...room}>
      <Refused loaded={loaded} />
      <CallRows
        label={searched ? "Calls, those that failed first" : "Calls, the newest first"}
        list={list}
        chosen={chosen.value}
        choose={(id) => (chosen.value = id)}
        picked={picked.value}
        open={open}
        close={one === "" ? undefined : () => (chosen.value = "")}
        scrolled={(first) => (away.value = first > 0)}
        top={tops.value}
      />
      {still ? <Pill newer={newer} go={newest} /> : null}
      {chosen.value === "" && picked.value.length === 0 ? null : (
        <p class="actions hint">
          {chosen.value === "" ? null : (
            <button type="button" aria-pressed={picked.value.includes(chosen.value)} onClick={() => pick(chosen.value)}>
              {picked.value.includes(chosen.value) ? "Unpick" : "Pick"} this call <kbd>Space</kbd>
            </button>
          )}
          {picked.value.length === 0 ? null : (
            <>
              <button type="button" class="main" onClick={() => open("")}>
                Show {many(picked.value.length, "picked call")} in one ladder
              </button>
              <button type="button" class="quiet" onClick={() => (picked.value = [])}>Unpick all</button>
            </>
          )}
        </p>
      )}
      {got.next === null && got.more !== true ? null : (
        <p class="hint">Older calls are left out here: filter, to find one.</p>
      )}
      {at < 0 ? <Hint what="call" /> : <CallView key={chosen.value} callIds={[chosen.value]} />}
    </div>
  );
}
