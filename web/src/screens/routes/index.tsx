import { useSignal } from "@preact/signals";
import { useEffect, useMemo, useRef } from "preact/hooks";
import { poll } from "../../api/poll";
import { CopyCurl } from "../../parts/copy";
import { useKeys, visit } from "../../parts/keys";
import { Unanswered } from "../../parts/onlyhere";
import { Empty, Waiting } from "../../parts/panel";
import { ProblemView } from "../../parts/problem";
import { Tabs } from "../../parts/tabs";
import { many } from "../../parts/time";
import type { Overlaps as Pairs } from "../../api/api.gen";
import { joined } from "../../state/fleet";
import { useLoad } from "../../state/load";
import { useRoom } from "../../state/room";
import { address, refine, route } from "../../state/route";
import { RuleTable, type Order } from "../../state/ruletable";
import { Nobody } from "./nobody";
import { Overlaps } from "./overlaps";
import { RulePanel } from "./rule";
import { RuleList } from "./list";

const views = ["rules", "overlaps"] as const;
const every = 5_000; // milliseconds between looks at the counters

/** Routes says what happens to which message, and whether every rule earns its place. */
export function Routes() {
  const query = route.value.query;
  const q = query.get("q") ?? "";
  const order = (query.get("sort") ?? "index") as Order;
  const chosen = query.get("rule") ?? "";
  const view = useSignal<(typeof views)[number]>("rules");
  const field = useRef<HTMLInputElement>(null);
  const show = (to: { q?: string; sort?: string; rule?: string }): void =>
    refine(address("routes", [], { q, sort: order === "index" ? "" : order, rule: chosen, ...to }));
  const life = useMemo(() => new AbortController(), [q, order, joined.value]);
  const asked = useMemo(() => new RuleTable(q, order, life.signal), [life]);
  const last = useRef(asked); // what was there stays until another order or filter is answered
  if (asked.told > 0) last.current = asked;
  const table = last.current;
  const overlaps = useLoad<Pairs>("/rules/overlaps", { every: 10_000 });
  useEffect(() => {
    void poll(() => asked.refresh(), every, life.signal);
    return () => life.abort();
  }, [asked]);
  const other = view.value === "rules" ? "overlaps" : "rules";
  useKeys([
    { keys: "f", does: "filter the rules", run: () => visit(field.current) },
    { keys: "o", does: "show " + other, run: () => (view.value = other) },
  ]);
  void asked.version.value;
  const problem = asked.problem.value;
  const again = (): void => void asked.refresh().catch(() => undefined); // what is wrong is in problem
  const room = useRoom("Rules", table.told > 0 && problem === null);
  return (
    <>
      <section class="panel" aria-label="Rules" aria-busy={asked.told === 0 && problem === null} {...room}>
        <header>
          <h2>
            {table.total > 0 ? many(table.total, "rule") : "Rules"}
            {q === "" ? "" : " that fit"}
          </h2>
          <Tabs label="Show" all={views} chosen={view} />
          <form class="filter" onSubmit={(e) => e.preventDefault()}>
            <input
              ref={field}
              type="text"
              aria-label="Filter rules by ref, method or text"
              placeholder="ref, method or text of a rule"
              autocomplete="off"
              spellcheck={false}
              value={q}
              onInput={(e) => show({ q: e.currentTarget.value })}
            />
          </form>
          <span class="tools">
            <CopyCurl path={asked.path()} />
          </span>
        </header>
        {problem === null ? null : (
          <ProblemView problem={problem} again={again} at={table.told} />
        )}
        <Unanswered list={table.unanswered} />
        {view.value === "overlaps" ? (
          <Overlaps loaded={overlaps} />
        ) : table.told === 0 ? (
          problem === null ? <Waiting path={asked.path()} again={again} /> : null
        ) : table.total === 0 ? (
          <NoRule q={table.q} clear={() => show({ q: "" })} />
        ) : (
          <RuleList
            table={table}
            order={order}
            chosen={chosen}
            overlaps={overlaps.data.value?.overlaps ?? []}
            sort={(sort) => show({ sort })}
            choose={(rule) => show({ rule })}
          />
        )}
      </section>
      {chosen === "" ? null : (
        <RulePanel
          key={chosen}
          table={table}
          ref_={chosen}
          overlaps={overlaps.data.value?.overlaps ?? []}
          close={() => {
            show({ rule: "" });
            document.querySelector<HTMLElement>(".rows.rules")?.focus({ preventScroll: true });
          }}
        />
      )}
      <Nobody unrouted={table.unrouted} />
    </>
  );
}

function NoRule({ q, clear }: { q: string; clear: () => void }) {
  if (q === "") return <Empty>No rule runs. A processor in the configuration brings one.</Empty>;
  return (
    <Empty>
      <p>
        No rule has <code><bdi>{q}</bdi></code> in its ref, its methods or its text.
      </p>
      <button type="button" onClick={clear}>
        Clear the filter
      </button>
    </Empty>
  );
}
