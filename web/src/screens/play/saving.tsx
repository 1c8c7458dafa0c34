import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import type { Explanation } from "../../api/api.gen";
import { call, text } from "../../api/call";
import { asProblem, type Problem } from "../../api/problem";
import { Copy } from "../../parts/copy";
import { Dialog } from "../../parts/dialog";
import { ProblemView } from "../../parts/problem";
import { many } from "../../parts/time";
import { valueAt } from "../../rule/paths";
import { download } from "../download";
import * as play from "./state";
import { fileOf, testOf, withName, type Expected, type Kept } from "./testfile";
import { expectable, kinds, Ticks, type Expectable } from "./expecting";
import type { Subject } from "./subject";
import { tray } from "./tray";
import { methodOf } from "./verdict";

/** Saving makes a test of the message: what is expected is what the rules answer now, each part by choice. */
export function Saving({ close }: { close: () => void }) {
  const subject = play.subject.value;
  const all = expectable();
  const ticked = useSignal(new Set<Expectable>(["goes", "rule"]));
  const name = useSignal(subject === null ? "" : proposed(subject, all.goes.processor ?? null));
  const written = useSignal<string | null>(null);
  const problem = useSignal<Problem | null>(null);
  const chosen = kinds.filter((k) => all[k] !== undefined && ticked.value.has(k));
  const expected: Expected = Object.assign({}, ...chosen.map((k) => all[k]));
  const nothing = written.value === null || chosen.length === 0;
  useEffect(() => {
    if (subject === null || chosen.length === 0) return;
    write(subject, name.value, expected).then(
      (t) => ((written.value = t), (problem.value = null)),
      (thrown: unknown) => (problem.value = asProblem(thrown)),
    );
  }, [name.value, ticked.value, subject]);
  const file = fileOf([...new Set([...tray.value, ...(written.value === null ? [] : [written.value])])]);
  return (
    <Dialog title="Save as a test" onClose={close}>
      <label>
        Name <input value={name.value} onInput={(e) => (name.value = e.currentTarget.value)} />
      </label>
      <Ticks all={all} ticked={ticked} />
      {problem.value === null ? null : <ProblemView problem={problem.value} />}
      <pre class="sip preview" aria-label="The test" tabIndex={0}>
        <bdi>{file}</bdi>
      </pre>
      <p class="muted">
        {tray.value.length === 0 ? null : many(tray.value.length, "test") + " in the tray. "}Run it:{" "}
        <code>dispatcher test rules.test.yaml --config dispatcher.yaml</code>
      </p>
      <p class="actions">
        <button
          type="button"
          class="main"
          disabled={nothing}
          onClick={() => download("rules.test.yaml", file, "application/yaml")}
        >
          Download rules.test.yaml
        </button>
        <Copy label="Copy" text={() => file} />
        <button
          type="button"
          disabled={nothing}
          onClick={() => {
            tray.value = [...tray.value, written.value ?? ""];
            close();
          }}
        >
          Put into the tray
        </button>
        {tray.value.length === 0 ? null : (
          <button type="button" onClick={() => (tray.value = [])}>
            Empty the tray
          </button>
        )}
      </p>
    </Dialog>
  );
}

function proposed(subject: Subject, winner: string | null): string {
  const host = valueAt(subject.json, "message.from.address.uri.host");
  const from = typeof host === "string" && host !== "" ? " from " + host : "";
  const kind = subject.sip.startsWith("SIP/2.0") ? "a response to " : "";
  return kind + methodOf(subject.json) + from + (winner === null ? " goes nowhere" : " goes to " + winner);
}

/** write makes the test's text. SIP text is what people read; where rules answer otherwise to it, req is written. */
async function write(subject: Subject, name: string, expected: Expected): Promise<string> {
  if (subject.message.decision !== undefined) {
    const saved = await text("/decisions/" + encodeURIComponent(subject.message.decision) + "/test");
    return withName(saved.text, name, expected);
  }
  return testOf(name, await form(subject), expected);
}

async function form(subject: Subject): Promise<Kept> {
  const ask = (message: object): Promise<Explanation> =>
    call<Explanation>("/route/explain", { method: "POST", body: { message, rules: "decisive", near: 0 } });
  const sip = { sip: subject.sip };
  const [asText, asIs] = await Promise.all([ask(sip), ask(subject.message)]);
  const same = asText.selected === asIs.selected && asText.code === asIs.code;
  return same || subject.json === null ? sip : { json: subject.json };
}
