import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import type { Config as Running, Impact } from "../../api/api.gen";
import { Copy, CopyCurl } from "../../parts/copy";
import { Difference } from "../../parts/difference";
import { useKeys } from "../../parts/keys";
import { Empty, First, Refused, Waiting } from "../../parts/panel";
import { ProblemView } from "../../parts/problem";
import { Tabs } from "../../parts/tabs";
import { checkAgain, checked, checkProblem, live } from "../../state/checked";
import { draft, write } from "../../state/draft";
import { recorded } from "../../state/recorded";
import { useLoad } from "../../state/load";
import { useRoom } from "../../state/room";
import { Out } from "./out";
import { ConfigEditor } from "./editor";
import { Head } from "./head";
import { History } from "./history";
import { ImpactView } from "./impact";
import { Problems } from "./problems";
import { useBase } from "./base";

const tabs = ["problems", "diff", "impact", "history"] as const;

/** Config says what runs, whether the draft is right, and what it would do. */
export function Config() {
  const loaded = useLoad<Running>("/config?limit=1", { every: 5000 });
  const runs = loaded.data.value;
  const whole = useLoad<Running>("/config?fields=summary"); // with the first warnings of all
  useEffect(() => {
    const known = whole.data.value?.epoch;
    if (known !== undefined && runs !== undefined && known !== runs.epoch) whole.reload();
  }, [runs?.epoch, whole.data.value?.epoch]);
  useEffect(() => {
    if (live.value !== null) loaded.reload();
  }, [live.value]);
  const { base, loaded: source } = useBase(runs?.hash);
  const tab = useSignal<(typeof tabs)[number]>("problems");
  const shown = useSignal<{ line: number; column: number } | null>(null);
  const asked = useSignal<string | null>(null); // the text whose impact is shown
  const limit = useSignal(1);
  const now = (): string => draft.value?.text ?? base?.text ?? "";
  const text = now();
  const ask = (): void => {
    tab.value = "impact";
    asked.value = text;
  };
  const impact = useLoad<Impact>(asked.value === null ? null : "/config/impact", {
    method: "POST",
    body: { config: asked.value ?? "", recorded: recorded() },
  });
  useEffect(() => {
    if (asked.value === null || asked.value === text) return;
    const timer = setTimeout(() => (asked.value = text), 1000); // again where it was asked for once
    return () => clearTimeout(timer);
  }, [text]);
  useKeys(text === "" ? [] : [{ keys: "Ctrl-Enter", does: "say what the draft would do", run: ask }]);
  const edited = (to: string): void => {
    if (draft.value !== null) write(to);
    else if (base !== undefined && to !== base.text) draft.value = { base, text: to };
  };
  const mine = draft.value !== null && checked.value !== null;
  const problems = mine ? (checked.value?.problems ?? []) : (whole.data.value?.warnings ?? []);
  const total = mine ? (checked.value?.problemsTotal ?? 0) : (whole.data.value?.warningsTotal ?? 0);
  return (
    <div class="config">
      <Head loaded={loaded} />
      <section class="panel" aria-label="The configuration's text" {...useRoom("text", base !== undefined, 10)}>
        <header>
          <h2>{draft.value === null ? "What runs" : "Draft"}</h2>
          {(base?.masked ?? 0) === 0 ? null : <span class="muted">secrets stand as stars, and may stay so</span>}
          <span class="tools">
            <Copy label="Copy" text={() => text} />
            <CopyCurl path="/config/source" />
          </span>
        </header>
        {draft.value === null ? <Refused loaded={source} /> : null}
        {base === undefined ? (
          <First loaded={source} lines={10} />
        ) : (
          <ConfigEditor text={text} now={now} problems={problems} changed={edited} ask={ask} show={shown.value} />
        )}
      </section>
      <section class="panel" aria-label="On this text" {...useRoom("on this text: " + tab.value, whole, 8)}>
        <header>
          <Tabs label="Show" all={tabs} chosen={tab} />
          <span class="tools">
            <button type="button" onClick={ask}>
              What would it do? <kbd>Ctrl-Enter</kbd>
            </button>
          </span>
        </header>
        <div>
          {checkProblem.value === null ? null : (
            <ProblemView problem={checkProblem.value} again={checkAgain} at={checked.value?.at ?? 0} />
          )}
          {tab.value !== "problems" ? null : draft.value !== null && checked.value === null ? (
            checkProblem.value === null ? <Waiting method="POST" path="/config/check" again={checkAgain} /> : null
          ) : draft.value === null && whole.data.value === undefined ? (
            <First loaded={whole} />
          ) : (
            <Problems list={problems} total={total} go={(p) => (shown.value = { line: p.line, column: p.column })} />
          )}
          {tab.value === "diff" ? (
            draft.value === null ? (
              <p class="muted">There is no draft. Type in the text to begin one.</p>
            ) : (
              <Difference old={draft.value.base.text} now={draft.value.text} label="From what runs to the draft" />
            )
          ) : null}
          {tab.value === "impact" ? (
            asked.value === null ? (
              <Empty>
                Ctrl-Enter replays the recorded messages through what runs and through this text, and says who would
                go elsewhere.
              </Empty>
            ) : (
              <ImpactView loaded={impact} limit={limit} config={asked.value} />
            )
          ) : null}
          {tab.value === "history" ? <History /> : null}
          <Out source={runs?.source ?? ""} running={runs?.hash ?? ""} />
        </div>
      </section>
    </div>
  );
}
