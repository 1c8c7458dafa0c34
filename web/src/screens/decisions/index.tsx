import { useSignal } from "@preact/signals";
import { useMemo } from "preact/hooks";
import { CopyCurl } from "../../parts/copy";
import { useKeys } from "../../parts/keys";
import { Unanswered } from "../../parts/onlyhere";
import { count, many, span } from "../../parts/time";
import { now } from "../../api/clock";
import { filterText, fromAddress, isEmpty, ruleOf, toAddress, type Filter } from "../../state/filter";
import { coverage, leftOut, listPath, phase } from "../../state/live";
import { address, refine, route } from "../../state/route";
import { CallList, callsPath } from "./calls";
import { FilterBar } from "./filterbar";
import { Matches } from "./matches";
import { MessageList } from "./messages";
import { WatchButton } from "./watchbutton";

/** Decisions says where messages went, and why: by call, because that is what people look for, or one by one. */
export function Decisions() {
  const query = route.value.query;
  const filter = useMemo(() => fromAddress(query), [query.toString()]);
  const tab = query.get("tab") === "messages" ? "messages" : "calls";
  const rule = ruleOf(filter);
  const paused = useSignal(false);
  const words = { live: "▶ live", broken: "◌ reconnecting", waiting: "◌ connecting" };
  const following = tab === "calls" ? words.live : words[phase.value];
  const show = (next: Filter, view: string = tab): void =>
    refine(address("decisions", [], { ...toAddress(next), tab: view === "messages" ? view : undefined }));
  const space = { keys: "Space", does: "stop or go on following", run: () => (paused.value = !paused.value) };
  useKeys(tab === "messages" && rule === undefined ? [space] : []); // the list of calls has one of its own
  return (
    <section class="panel fill" aria-label="Decisions">
      <header>
        <div class="actions" role="group" aria-label="Show">
          {(["calls", "messages"] as const).map((name) => (
            <button key={name} type="button" aria-pressed={tab === name} onClick={() => show(filter, name)}>
              {name === "calls" ? "Calls" : "Messages"}
            </button>
          ))}
        </div>
        <button type="button" aria-pressed={!paused.value} onClick={() => (paused.value = !paused.value)}>
          {paused.value ? "❚❚ paused" : following}
        </button>
        <FilterBar filter={filter} change={show} />
        {rule !== undefined ? null : (
          <>
            <WatchButton filter={filter} />
            <span class="tools">
              <CopyCurl path={tab === "calls" ? callsPath(filter) : listPath(filter)} />
            </span>
          </>
        )}
      </header>
      <Reach filter={filter} clear={() => show({})} />
      {rule === undefined ? <Unanswered list={coverage.value.unanswered} /> : null}
      {rule !== undefined ? (
        <Matches rule={rule} filter={filter} />
      ) : tab === "calls" ? (
        <CallList key={filterText(filter)} filter={filter} paused={paused} />
      ) : (
        <MessageList key={filterText(filter)} filter={filter} paused={paused} />
      )}
    </section>
  );
}

/** Reach says where the data ends. */
function Reach({ filter, clear }: { filter: Filter; clear: () => void }) {
  const c = coverage.value;
  const told: string[] = [];
  if (c.kept !== undefined) told.push(`${many(c.kept, "decision")} kept`);
  if (c.oldest) told.push(`of the last ${span(Math.max(0, now() - Date.parse(c.oldest)))}`);
  if (c.messagesKept !== undefined) told.push(`${count(c.messagesKept)} of the last with their messages`);
  if (c.lost !== undefined && c.lost > 0) told.push(`${count(c.lost)} older ones are forgotten`);
  if (leftOut.value > 0) told.push(`${count(leftOut.value)} came too fast to be shown here`);
  return (
    <p class="reach muted">
      {told.length === 0 ? "\u00a0" : told.join(" · ")}{" "}
      {isEmpty(filter) ? null : (
        <button type="button" class="quiet" onClick={clear}>
          Clear the filter
        </button>
      )}
    </p>
  );
}
