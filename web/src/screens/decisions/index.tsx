import { useSignal } from "@preact/signals";
import { useEffect, useMemo } from "preact/hooks";
import { CopyCurl } from "../../parts/copy";
import { useKeys } from "../../parts/keys";
import { ProblemView } from "../../parts/problem";
import { count, many, span } from "../../parts/time";
import { now } from "../../api/clock";
import { fromAddress, isEmpty, toAddress, type Filter } from "../../state/filter";
import { coverage, follow, items, listPath, phase, problem, version } from "../../state/live";
import { address, refine, route } from "../../state/route";
import { CallList } from "./calls";
import { FilterBar } from "./filterbar";
import { MessageList } from "./messages";
import { WatchButton } from "./watchbutton";

/** Decisions says where messages went, and why: by call, because that is what people look for, or one by one. */
export function Decisions() {
  const query = route.value.query;
  const filter = useMemo(() => fromAddress(query), [query.toString()]);
  const tab = query.get("tab") === "messages" ? "messages" : "calls";
  const paused = useSignal(false);
  const show = (next: Filter, view: string = tab): void =>
    refine(address("decisions", [], { ...toAddress(next), tab: view === "messages" ? view : undefined }));
  useEffect(() => {
    const life = new AbortController();
    void follow(filter, life.signal);
    return () => life.abort();
  }, [filter]);
  useKeys([{ keys: "Space", does: "stop or go on following", run: () => (paused.value = !paused.value) }]);
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
          {paused.value
            ? "❚❚ paused"
            : phase.value === "live"
              ? "▶ live"
              : phase.value === "broken"
                ? "◌ reconnecting"
                : "◌ connecting"}
        </button>
        <FilterBar filter={filter} change={show} />
        <WatchButton filter={filter} />
        <span class="tools">
          <CopyCurl path={listPath(filter)} />
        </span>
      </header>
      {problem.value === null ? null : <ProblemView problem={problem.value} />}
      <Reach filter={filter} clear={() => show({})} />
      {tab === "calls" ? <CallList filter={filter} paused={paused.value} /> : <MessageList paused={paused} />}
    </section>
  );
}

/** Reach says where the data ends. */
function Reach({ filter, clear }: { filter: Filter; clear: () => void }) {
  void version.value;
  const c = coverage.value;
  const told: string[] = [];
  if (c.kept !== undefined) told.push(`The dispatcher keeps ${many(c.kept, "decision")}`);
  if (c.messagesKept !== undefined) told.push(`${count(c.messagesKept)} with their messages`);
  if (c.oldest) told.push(`of the last ${span(Math.max(0, now() - Date.parse(c.oldest)))}`);
  if (c.lost !== undefined && c.lost > 0) told.push(`${count(c.lost)} before those are forgotten`);
  return (
    <p class="reach muted">
      {items.size > 0 ? `${many(items.size, "decision")} here` : phase.value === "waiting" ? "Asking…" : "None here"}
      {isEmpty(filter) ? "" : " that fit the filter"}. {told.length === 0 ? "" : told.join(", ") + "."}{" "}
      {isEmpty(filter) ? null : (
        <button type="button" class="quiet" onClick={clear}>
          Clear the filter
        </button>
      )}
    </p>
  );
}
