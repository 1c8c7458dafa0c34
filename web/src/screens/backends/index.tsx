import { useSignal } from "@preact/signals";
import { useMemo, useRef } from "preact/hooks";
import type { Backend } from "../../api/api.gen";
import { CopyCurl } from "../../parts/copy";
import { useKeys, visit } from "../../parts/keys";
import { OnlyHere } from "../../parts/onlyhere";
import { Empty, First, Refused } from "../../parts/panel";
import { Rows } from "../../parts/rows";
import { count, many } from "../../parts/time";
import { address, refine, route } from "../../state/route";
import { useRoom } from "../../state/room";
import { session } from "../../state/session";
import { BackendPanel } from "./panel";
import { head, row, type Rated } from "./row";
import { useWorst } from "./worst";

/** Backends says who is down, since when, why, and who suffers. */
export function Backends() {
  const chosen = route.value.args[0] ?? "";
  const q = useSignal("");
  const field = useRef<HTMLInputElement>(null);
  const { loaded, list: found } = useWorst(q.value, chosen);
  const data = loaded.data.value;
  const list = useRated(found, loaded.at.value);
  useKeys([{ keys: "f", does: "filter", run: () => visit(field.current) }]);
  const at = list.findIndex((b) => b.backend.ref === chosen);
  const down = list.filter((b) => b.backend.state === "down").length;
  return (
    <>
      <section class="panel" aria-label="Backends" {...useRoom("Backends", loaded)}>
        <header>
          <h2>{data === undefined ? "Backends" : many(data.total, "backend")}</h2>
          {down > 0 ? <strong>{count(down)} down</strong> : null}
          <OnlyHere />
          <form class="filter" onSubmit={(e) => e.preventDefault()}>
            <input
              ref={field}
              type="text"
              aria-label="Filter by ref or address"
              placeholder="ref or address"
              autocomplete="off"
              value={q.value}
              onInput={(e) => (q.value = e.currentTarget.value)}
            />
          </form>
          <span class="tools">
            <CopyCurl path={loaded.path} />
          </span>
        </header>
        {session.value?.demo === true ? (
          <p class="reach muted">This is the demo: an echo inside the process stands in for the processors.</p>
        ) : null}
        <Refused loaded={loaded} />
        {data === undefined ? (
          <First loaded={loaded} />
        ) : list.length === 0 ? (
          <Empty>
            {q.value === "" ? (
              "No processor and no middleware is configured."
            ) : (
              <>
                <p>
                  No ref or address has <code><bdi>{q.value}</bdi></code> in it.
                </p>
                <button type="button" onClick={() => (q.value = "")}>
                  Clear the filter
                </button>
              </>
            )}
          </Empty>
        ) : (
          <Rows
            class="backends"
            label="Backends, the worst first"
            head={head()}
            count={list.length}
            fit
            selected={at}
            select={(i) => refine(address("backends", [list[i]?.backend.ref ?? ""]))}
            close={chosen === "" ? undefined : () => refine("#/backends")}
            row={(i) => row(list[i], i)}
          />
        )}
        {data !== undefined && data.total > list.length ? (
          <p class="reach muted">
            {count(data.total - list.length)} more were left out, the ready ones first: filter, to find one.
          </p>
        ) : null}
      </section>
      {list[at] === undefined ? null : (
        <BackendPanel key={chosen} backend={list[at].backend} asOf={loaded.at.value} />
      )}
    </>
  );
}

const rank = { down: 0, degraded: 1, ready: 2 };

// useRated sorts the worst first, and says how many calls a second there were since the answer before.
function useRated(list: readonly Backend[], at: number): Rated[] {
  const before = useRef<{ at: number; calls: Map<string, number> }>({ at: 0, calls: new Map() });
  return useMemo(() => {
    const seconds = (at - before.current.at) / 1000;
    const rated = list.map((b) => {
      const was = before.current.calls.get(b.role + b.ref);
      const known = was !== undefined && seconds > 0 && b.calls >= was;
      return { backend: b, perSecond: known ? (b.calls - was) / seconds : undefined };
    });
    before.current = { at, calls: new Map(rated.map((r) => [r.backend.role + r.backend.ref, r.backend.calls])) };
    return rated.sort(
      (a, b) => rank[a.backend.state] - rank[b.backend.state] || a.backend.ref.localeCompare(b.backend.ref),
    );
  }, [list.map((b) => b.role + b.ref).join(), at]);
}
