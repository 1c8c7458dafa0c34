import { useEffect, useMemo } from "preact/hooks";
import { First, Refused } from "../../parts/panel";
import { many } from "../../parts/time";
import { calls } from "../../sip/calls";
import { useLoad } from "../../state/load";
import { kept } from "../../state/trail";
import { look, type Caught } from "../../state/watches";
import { CallView } from "../call/view";
import { CallRows } from "../decisions/callrows";

/** CaughtView shows the calls that were caught, by one replica's watch or by those of several. Its ids never change. */
export function CaughtView({ ids }: { ids: readonly string[] }) {
  const loaded = ids.map((id) => useLoad<Caught>("/watches/" + encodeURIComponent(id), { every: 1000 }));
  const chosen = useMemo(() => kept("caught", ""), []);
  const caught = loaded.flatMap((l) => l.data.value ?? []);
  const decisions = caught.flatMap((c) => c.decisions).sort((a, b) => a.time.localeCompare(b.time));
  const troubled = loaded.filter((l) => l.problem.value !== null);
  useEffect(() => {
    caught.forEach(look);
    document.title = (decisions.length > 0 ? `(${decisions.length}) ` : "") + "Watch · " + location.host;
  }, [decisions.length]);
  if (caught.length === 0) {
    const first = troubled[0] ?? loaded[0];
    return first === undefined ? null : <First loaded={first} />;
  }
  const problems = troubled.map((l) =>
    l.data.value === undefined ? <First key={l.path} loaded={l} /> : <Refused key={l.path} loaded={l} />,
  );
  const list = calls([...decisions].reverse());
  if (list.length === 0) {
    return (
      <>
        {problems}
        <p class="empty" role="status">
          Nothing was caught yet. Let them dial again: it is here within a second.
        </p>
      </>
    );
  }
  const open = chosen.value || (list[0]?.callId ?? "");
  return (
    <>
      {problems}
      <p role="status">
        <strong>Caught {many(list.length, "call")}.</strong>
      </p>
      <div class="caught">
        <CallRows label="Calls that were caught" list={list} chosen={open} choose={(id) => (chosen.value = id)} />
      </div>
      <CallView key={open} callIds={[open]} entries={decisions.filter((e) => e.callId === open)} />
    </>
  );
}
