import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { asProblem, type Problem } from "../../api/problem";
import type { RuleEditor } from "../../parts/editor/index";
import { Waiting } from "../../parts/panel";
import { ProblemView } from "../../parts/problem";
import { failure, warnings, type Complaint } from "../../rule/complaints";
import { chips } from "../../state/prefs";
import { Complaints } from "./complaints";
import * as play from "./state";
import { tryTrafficNow } from "./trying";

/** Editor is the place of the rule editor, whose code comes by itself. */
export function Editor({ save }: { save: () => void }) {
  const host = useRef<HTMLDivElement>(null);
  const editor = useSignal<RuleEditor | null>(null);
  const problem = useSignal<Problem | null>(null);
  useEffect(() => {
    let gone = false;
    import("../../parts/editor/index").then(
      ({ ruleEditor }) => {
        if (gone || host.current === null) return;
        editor.value = ruleEditor({
          host: host.current,
          text: play.source.value,
          label: "matchFunc",
          changed: (text) => (play.source.value = text),
          pointed: (path) => (play.pointed.value = path),
          message: () => play.subject.value?.json ?? undefined,
          seen: play.seen,
          keys: [
            { key: "Mod-Enter", run: tryTrafficNow },
            { key: "Mod-s", run: save },
            { key: "Alt-v", run: () => (chips.value = !chips.value) },
          ],
        });
      },
      (thrown: unknown) => (problem.value = asProblem(thrown)),
    );
    return () => {
      gone = true;
      editor.value?.destroy();
    };
  }, []);
  useEffect(() => {
    const e = editor.value;
    if (e !== null && e.text() !== play.source.value) e.set(play.source.value);
  }, [editor.value, play.source.value]);
  useEffect(() => {
    const old = play.verdict.value?.source !== play.source.value;
    const lit = play.pointed.value === "" ? [] : [play.pointed.value];
    if (play.verdict.value?.source === play.source.value || play.verdictProblem.value !== null) {
      editor.value?.show({ parts: old ? [] : play.ruleParts.value, lit, chips: chips.value, old });
    }
  }, [editor.value, play.ruleParts.value, play.pointed.value, chips.value, play.verdictProblem.value]);
  useEffect(() => {
    editor.value?.complain(complaints());
  }, [editor.value, play.verdict.value, play.verdictProblem.value]);
  return (
    <div class="editor">
      <div ref={host} class="host" />
      {problem.value !== null ? (
        <ProblemView problem={problem.value} again={() => location.reload()} />
      ) : editor.value === null ? (
        <Waiting path="the editor" again={() => location.reload()} />
      ) : null}
      <Complaints list={complaints()} />
    </div>
  );
}

function complaints(): Complaint[] {
  const problem = play.verdictProblem.value;
  if (problem !== null)
    return problem.status === 422 || problem.status === 400
      ? [failure(play.source.value, problem.message, problem.fault)]
      : [];
  const v = play.verdict.value;
  if (v === null || v.source !== play.source.value) return [];
  const all = warnings(v.source, v.result.warnings);
  return v.result.error === null
    ? all
    : [...all, failure(v.source, v.result.error.name + ": " + v.result.error.message, v.result.error)];
}
