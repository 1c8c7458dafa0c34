import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { now } from "../../api/clock";
import { asProblem, type Problem } from "../../api/problem";
import { CopyCurl } from "../../parts/copy";
import { Empty, Waiting } from "../../parts/panel";
import { ProblemView } from "../../parts/problem";
import { count, many, span } from "../../parts/time";
import { calls } from "../../sip/calls";
import { useLoad } from "../../state/load";
import { address, go, route } from "../../state/route";
import { look, unwatch, type Caught, type Watch } from "../../state/watches";
import { CallView } from "../call/view";
import { CallRows } from "../decisions/callrows";
import { WatchDrawer } from "./drawer";

/** Watches lists what is watched for, and shows the calls that were caught. */
export function Watches() {
  const id = route.value.args[0] ?? "";
  const loaded = useLoad<{ watches: Watch[] }>("/watches", { every: 2000 });
  const setting = useSignal(false);
  const list = loaded.data.value?.watches;
  const problem = loaded.problem.value;
  return (
    <>
      <section class="panel" aria-label="Watches">
        <header>
          <h2>Watches</h2>
          <button type="button" class="main" onClick={() => (setting.value = true)}>
            Watch for …
          </button>
          <span class="tools">
            <CopyCurl path={loaded.path} />
          </span>
        </header>
        {problem === null ? null : <ProblemView problem={problem} again={loaded.reload} />}
        {list === undefined ? (
          problem === null ? (
            <Waiting path={loaded.path} again={loaded.reload} />
          ) : null
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
                  <th />
                </tr>
              </thead>
              <tbody>
                {list.map((w) => (
                  <WatchRow key={w.id} watch={w} open={w.id === id} />
                ))}
              </tbody>
            </table>
          </div>
        )}
      </section>
      {id === "" ? null : <CaughtView key={id} id={id} />}
      {setting.value ? <WatchDrawer filter={{}} close={() => (setting.value = false)} /> : null}
    </>
  );
}

function WatchRow({ watch, open }: { watch: Watch; open: boolean }) {
  const problem = useSignal<Problem | null>(null);
  const left = Date.parse(watch.until) - now();
  const end = (): void => {
    unwatch(watch.id).then(
      () => open && go("#/watches"),
      (thrown: unknown) => (problem.value = asProblem(thrown)),
    );
  };
  return (
    <tr aria-current={open ? "true" : undefined}>
      <td>
        <a href={address("watches", [watch.id])}>
          <bdi>{words(watch)}</bdi>
        </a>
      </td>
      <td class="number">{count(watch.caught)}</td>
      <td>{!watch.ended && left > 0 ? `in ${span(left)}` : "ended"}</td>
      <td>
        <button type="button" class="quiet" onClick={end}>
          End it
        </button>
        {problem.value === null ? null : <bdi>{problem.value.message}</bdi>}
      </td>
    </tr>
  );
}

const words = (w: Watch): string =>
  Object.entries(w.filter)
    .map(([name, v]) => `${name} ${Array.isArray(v) ? v.join(" or ") : String(v)}`)
    .join(", ") || w.id;

function CaughtView({ id }: { id: string }) {
  const loaded = useLoad<Caught>("/watches/" + encodeURIComponent(id), { every: 1000 });
  const chosen = useSignal("");
  const caught = loaded.data.value;
  useEffect(() => {
    if (caught !== undefined) look(caught);
    document.title = (caught?.decisions.length ? `(${caught.decisions.length}) ` : "") + "Watch · " + location.host;
  }, [caught?.decisions.length]);
  if (caught === undefined) {
    return loaded.problem.value === null ? (
      <Waiting path={loaded.path} again={loaded.reload} />
    ) : (
      <ProblemView problem={loaded.problem.value} again={loaded.reload} />
    );
  }
  const list = calls([...caught.decisions].reverse());
  if (list.length === 0) {
    return (
      <p class="empty" role="status">
        Nothing was caught yet. Let them dial again: it is here within a second.
      </p>
    );
  }
  const open = chosen.value || (list[0]?.callId ?? "");
  return (
    <>
      <p role="status">
        <strong>Caught {many(list.length, "call")}.</strong>
      </p>
      <div class="caught">
        <CallRows label="Calls that were caught" list={list} chosen={open} choose={(id) => (chosen.value = id)} />
      </div>
      <CallView key={open} callIds={[open]} entries={caught.decisions.filter((e) => e.callId === open)} />
    </>
  );
}
