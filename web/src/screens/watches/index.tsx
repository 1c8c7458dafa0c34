import { useSignal } from "@preact/signals";
import type { Unanswered as Missing } from "../../api/api.gen";
import { now } from "../../api/clock";
import { asProblem, type Problem } from "../../api/problem";
import { CopyCurl } from "../../parts/copy";
import { useKeys } from "../../parts/keys";
import { Unanswered } from "../../parts/onlyhere";
import { Empty, First, Refused } from "../../parts/panel";
import { count, span } from "../../parts/time";
import { useLoad } from "../../state/load";
import { useRoom } from "../../state/room";
import { address, back, go, route } from "../../state/route";
import { fleet, several } from "../../state/fleet";
import { grouped, type Group } from "../../state/watchgroup";
import { unwatch, watchesPath, type Watch } from "../../state/watches";
import { CaughtView } from "./caught";
import { WatchDrawer } from "./drawer";

/** Watches lists what is watched for, and shows the calls that were caught. */
export function Watches() {
  const open = route.value.args.filter((id) => id !== "");
  const loaded = useLoad<{ watches: Watch[]; unanswered?: Missing[] }>(watchesPath(), { every: 2000 });
  const setting = useSignal(false);
  const all = { keys: "Escape", does: "close what was caught", run: () => back("#/watches") };
  useKeys(open.length === 0 ? [] : [all]);
  const watches = loaded.data.value?.watches;
  const list = watches === undefined ? undefined : grouped(watches);
  return (
    <>
      <section class="panel" aria-label="Watches" {...useRoom("Watches", loaded)}>
        <header>
          <h2>Watches</h2>
          <button type="button" class="main" onClick={() => (setting.value = true)}>
            Watch for …
          </button>
          <span class="tools">
            <CopyCurl path={loaded.path} />
          </span>
        </header>
        <Refused loaded={loaded} />
        <Unanswered list={loaded.data.value?.unanswered} />
        {list === undefined ? (
          <First loaded={loaded} />
        ) : list.length === 0 ? (
          <Empty>
            Nothing is watched for. A watch keeps the calls of a number with all their messages, whatever the load:
            set one, and let them dial again.
          </Empty>
        ) : (
          <div>
            <table>
              <thead>
                <tr>
                  <th>for</th>
                  <th class="number">caught</th>
                  <th>ends</th>
                  {several.value ? <th>at</th> : null}
                  <th />
                </tr>
              </thead>
              <tbody>
                {list.map((g) => (
                  <WatchRow key={idsOf(g).join()} of={g} open={idsOf(g).some((id) => open.includes(id))} />
                ))}
              </tbody>
            </table>
          </div>
        )}
      </section>
      {open.length === 0 ? null : <CaughtView key={open.join()} ids={open} />}
      {setting.value ? <WatchDrawer filter={{}} close={() => (setting.value = false)} /> : null}
    </>
  );
}

const idsOf = (g: Group): string[] => g.watches.map((w) => w.id);

function WatchRow({ of: g, open }: { of: Group; open: boolean }) {
  const problem = useSignal<Problem | null>(null);
  const left = Date.parse(g.until) - now();
  const end = (): void => {
    Promise.all(idsOf(g).map(unwatch)).then(
      () => open && go("#/watches"),
      (thrown: unknown) => (problem.value = asProblem(thrown)),
    );
  };
  return (
    <tr aria-current={open ? "true" : undefined}>
      <td>
        <a href={address("watches", idsOf(g))}>
          <bdi>{words(g)}</bdi>
        </a>
      </td>
      <td class="number">{count(g.caught)}</td>
      <td>{!g.ended && left > 0 ? `in ${span(left)}` : "ended"}</td>
      {several.value ? (
        <td>
          <At of={g} />
        </td>
      ) : null}
      <td class="number">
        <button type="button" class="quiet" onClick={end}>
          End it
        </button>
        {problem.value === null ? null : <bdi>{problem.value.message}</bdi>}
      </td>
    </tr>
  );
}

/** At is at how many of the replicas a watch is: one that came since, or had no place for it, catches nothing. */
function At({ of: g }: { of: Group }) {
  const all = fleet.value?.replicas ?? [];
  const there = new Set(g.watches.map((w) => w.replica));
  const without = all.filter((r) => !there.has(r.name));
  if (without.length === 0) return <>all {count(all.length)} replicas</>;
  return (
    <span title={"not at " + without.map((r) => r.name).join(", ")}>
      {count(all.length - without.length)} of {count(all.length)} replicas
    </span>
  );
}

const words = (g: Group): string =>
  Object.entries(g.filter)
    .map(([name, v]) => `${name} ${Array.isArray(v) ? v.join(" or ") : String(v)}`)
    .join(", ") || idsOf(g).join();
