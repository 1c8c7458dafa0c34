import { useSignal } from "@preact/signals";
import { useEffect, useMemo, useRef } from "preact/hooks";
import type { Calls } from "../../api/api.gen";
import { query } from "../../api/call";
import { useKeys } from "../../parts/keys";
import { Waiting } from "../../parts/panel";
import { ProblemView } from "../../parts/problem";
import { fromRow, worstFirst } from "../../sip/calls";
import { toCall, type Filter } from "../../state/filter";
import { coverage } from "../../state/live";
import { useLoad } from "../../state/load";
import { address, go } from "../../state/route";
import { CallView } from "../call/view";
import { CallRows } from "./callrows";
import { Hint, Nothing } from "./nothing";

const every = 2_000; // milliseconds from an answer to the next question

/** callsPath is the call that fills the list. */
export const callsPath = (filter: Filter): string => query("/calls", { limit: 500, ...toCall(filter) });

/** CallList has one row a Call-ID. Where somebody is looked for, calls that failed come first. */
export function CallList({ filter, paused }: { filter: Filter; paused: boolean }) {
  const loaded = useLoad<Calls>(callsPath(filter), { every });
  const held = useRef<Calls | undefined>(undefined);
  if (!paused || held.current === undefined) held.current = loaded.data.value;
  const chosen = useSignal("");
  const searched = filter["user"] !== undefined || filter["q"] !== undefined;
  const got = held.current;
  const list = useMemo(() => {
    const all = (got?.calls ?? []).map(fromRow);
    return searched ? worstFirst(all) : all;
  }, [got, searched]);
  useEffect(() => {
    if (got !== undefined) coverage.value = got;
  }, [got]);
  const at = list.findIndex((c) => c.callId === chosen.value);
  useKeys([
    { keys: "l", does: "open the ladder", run: () => chosen.value !== "" && go(address("call", [chosen.value])) },
  ]);
  if (got === undefined) {
    return loaded.problem.value === null ? (
      <Waiting path={loaded.path} lines={10} />
    ) : (
      <ProblemView problem={loaded.problem.value} again={loaded.reload} />
    );
  }
  if (list.length === 0) return <Nothing />;
  return (
    <div class="list-and-detail">
      <CallRows
        label={searched ? "Calls, those that failed first" : "Calls, the newest first"}
        list={list}
        chosen={chosen.value}
        choose={(id) => (chosen.value = id)}
      />
      {got.next === null ? null : <p class="hint">Older calls are left out here: filter, to find one.</p>}
      {at < 0 ? <Hint what="call" /> : <CallView key={chosen.value} callIds={[chosen.value]} />}
    </div>
  );
}
