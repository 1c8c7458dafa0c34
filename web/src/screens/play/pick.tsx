import { useSignal, type Signal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import type { Decisions, Samples } from "../../api/api.gen";
import { asProblem, type Problem } from "../../api/problem";
import { Dialog } from "../../parts/dialog";
import { Empty, First, Waiting } from "../../parts/panel";
import { ProblemView } from "../../parts/problem";
import { clock } from "../../parts/time";
import { useLoad } from "../../state/load";
import { zone } from "../../state/prefs";
import { allSamples, forgetSamples } from "../../state/samples";
import { Paste } from "./paste";
import { walkDecisions, walkSamples } from "./walk";

/** Way is how a message is chosen. */
export type Way = "samples" | "decisions" | "paste";

const titles: Record<Way, string> = {
  samples: "Built-in samples",
  decisions: "Recorded messages",
  paste: "Paste a message",
};

/** Pick chooses a message: a sample, one that was recorded, or whatever somebody pastes. */
export function Pick({ way }: { way: Signal<Way | null> }) {
  const close = (): void => void (way.value = null);
  const which = way.value ?? "samples";
  return (
    <Dialog title={titles[which]} onClose={close}>
      {which === "samples" ? <SampleList close={close} /> : null}
      {which === "decisions" ? <DecisionList close={close} /> : null}
      {which === "paste" ? <Paste close={close} /> : null}
    </Dialog>
  );
}

function SampleList({ close }: { close: () => void }) {
  const all = useSignal<Samples["samples"] | null>(null);
  const problem = useSignal<Problem | null>(null);
  const filter = useSignal("");
  const ask = (): void => {
    problem.value = null;
    void allSamples().then(
      (s) => (all.value = s),
      (thrown: unknown) => (problem.value = asProblem(thrown)),
    );
  };
  useEffect(ask, []);
  const again = (): void => {
    forgetSamples();
    ask();
  };
  if (problem.value !== null) return <ProblemView problem={problem.value} again={again} />;
  if (all.value === null) return <Waiting path="/samples" again={again} lines={10} />;
  const found = all.value.filter((s) =>
    (s.name + " " + s.description).toLowerCase().includes(filter.value.toLowerCase()),
  );
  return (
    <>
      <input
        type="search"
        aria-label="Filter samples"
        placeholder="Filter"
        value={filter.value}
        onInput={(e) => (filter.value = e.currentTarget.value)}
      />
      <ul class="choices">
        {found.map((s) => (
          <li key={s.name}>
            <button
              type="button"
              class="quiet"
              onClick={() => {
                void walkSamples(s.name);
                close();
              }}
            >
              <b>{s.name}</b> <span class="muted">{s.description}</span>
            </button>
          </li>
        ))}
      </ul>
    </>
  );
}

function DecisionList({ close }: { close: () => void }) {
  const loaded = useLoad<Decisions>("/decisions?limit=50");
  const data = loaded.data.value;
  if (data === undefined) return <First loaded={loaded} lines={10} />;
  if (data.decisions.length === 0) return <Empty>Nothing has come in yet.</Empty>;
  const ids = data.decisions.map((d) => d.id);
  return (
    <ul class="choices">
      {data.decisions.map((d, i) => (
        <li key={d.id}>
          <button
            type="button"
            class="quiet"
            onClick={() => {
              walkDecisions(ids, i);
              close();
            }}
          >
            <span class="mono">{clock(d.time, zone.value)}</span>{" "}
            <b>
              <bdi>{d.method}</bdi>
            </b>{" "}
            <span class="muted">
              {d.kind === "response" ? "response " : ""}
              <bdi>{d.processor || d.code}</bdi> <bdi>{d.callId.slice(0, 40)}</bdi>
            </span>
          </button>
        </li>
      ))}
    </ul>
  );
}
