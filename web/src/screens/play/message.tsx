import { useSignal, type Signal } from "@preact/signals";
import { CopyCurl } from "../../parts/copy";
import { lazy } from "../../parts/lazy";
import { Waiting } from "../../parts/panel";
import { ProblemView } from "../../parts/problem";
import { Tabs } from "../../parts/tabs";
import { count, many } from "../../parts/time";
import { useRoom } from "../../state/room";
import { beginAgain } from "./begin";
import { Diff } from "./diff";
import type { Way } from "./pick";
import { SIPText } from "./siptext";
import * as play from "./state";
import type { Subject } from "./subject";
import { Tree } from "./tree";
import { step } from "./walk";

const Pick = lazy(async () => (await import("./pick")).Pick);

type View = "SIP" | "req" | "diff";

/** MessagePane shows the message that the rule is tried on, and chooses another. */
export function MessagePane({ picking }: { picking: Signal<Way | null> }) {
  const view = useSignal<View>("SIP");
  const s = play.subject.value;
  const problem = play.subjectProblem.value;
  return (
    <section class="panel message" aria-label="Message" {...useRoom("message", s !== null && problem === null, 10)}>
      <header>
        <h2>Message</h2>
        <span class="title">
          <bdi>{s === null ? "" : s.title}</bdi>
        </span>
        <span class="tools">
          <button type="button" class="quiet" onClick={() => (picking.value = "samples")}>
            Samples
          </button>
          <button type="button" class="quiet" onClick={() => (picking.value = "decisions")}>
            Decisions
          </button>
          <button type="button" class="quiet" onClick={() => (picking.value = "paste")}>
            Paste
          </button>
        </span>
      </header>
      {problem === null ? null : <ProblemView problem={problem} again={beginAgain} />}
      {s === null ? (
        problem === null ? (
          <Waiting path="the message" again={beginAgain} lines={10} />
        ) : null
      ) : (
        <Shown subject={s} view={view} />
      )}
      {picking.value === null ? null : <Pick way={picking} />}
    </section>
  );
}

function Shown({ subject, view }: { subject: Subject; view: Signal<View> }) {
  return (
    <div>
      <div class="row">
        <Tabs label="Message as" all={["SIP", "req", "diff"] as const} chosen={view} />
        <Stepper />
        <span class="tools">
          <CopyCurl
            path="/messages/read"
            options={{
              method: "POST",
              body: subject.message.decision === undefined ? { sip: subject.sip } : subject.message,
            }}
          />
        </span>
      </div>
      <Notes subject={subject} />
      {view.value === "SIP" ? <SIPText subject={subject} /> : null}
      {view.value === "req" ? <Tree subject={subject} /> : null}
      {view.value === "diff" ? <Diff before={play.before.value} subject={subject} /> : null}
    </div>
  );
}

function Stepper() {
  const n = play.subjects.value.length;
  const at = play.index.value;
  if (n < 2) return null;
  return (
    <span class="stepper">
      <button
        type="button"
        class="quiet"
        aria-label="Previous message"
        title="["
        disabled={at === 0}
        onClick={() => step(-1)}
      >
        ‹
      </button>
      <span class="number small">
        {count(at + 1)} of {count(n)}
      </span>
      <button
        type="button"
        class="quiet"
        aria-label="Next message"
        title="]"
        disabled={at === n - 1}
        onClick={() => step(1)}
      >
        ›
      </button>
    </span>
  );
}

function Notes({ subject }: { subject: Subject }) {
  const failed = subject.fate !== "" && subject.fate !== "converted";
  if (!failed && subject.notes.length === 0) return null;
  return (
    <div class="notes">
      {failed ? (
        <p class="doubt">
          ⚠ An EdgePort doesn't hand it on ({subject.fate}): <bdi>{subject.reason}</bdi>
        </p>
      ) : null}
      {subject.notes.length === 0 ? null : (
        <details>
          <summary>{many(subject.notes.length, "note")} on how an EdgePort reads it</summary>
          <ul>
            {subject.notes.map((n, i) => (
              <li key={i}>
                Line {n.line}: <bdi>{n.text}</bdi>
              </li>
            ))}
          </ul>
        </details>
      )}
    </div>
  );
}
