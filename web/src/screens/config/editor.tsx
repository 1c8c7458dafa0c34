import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { asProblem, type Problem } from "../../api/problem";
import type { TextEditor } from "../../parts/editor/yaml";
import { Waiting } from "../../parts/panel";
import { ProblemView } from "../../parts/problem";
import { inConfiguration } from "../../rule/complaints";
import { Places } from "../../rule/places";
import type { ConfigProblem } from "../../api/api.gen";

interface EditorProps {
  text: string;
  /** The text as it is now: more may have been typed since text was handed in. */
  now: () => string;
  problems: readonly ConfigProblem[];
  changed: (text: string) => void;
  /** Asked for when somebody wants to know what the draft would do. */
  ask: () => void;
  /** A place to be shown; a new object for each time. */
  show: { line: number; column: number } | null;
}

/** ConfigEditor is the configuration as text, with its problems at their places. */
export function ConfigEditor({ text, now, problems, changed, ask, show }: EditorProps) {
  const host = useRef<HTMLDivElement>(null);
  const editor = useSignal<TextEditor | null>(null);
  const problem = useSignal<Problem | null>(null);
  const told = useRef({ changed, ask });
  told.current = { changed, ask };
  useEffect(() => {
    let gone = false;
    import("../../parts/editor/yaml").then(
      ({ textEditor }) => {
        if (gone || host.current === null) return;
        editor.value = textEditor({
          host: host.current, text: now(), label: "Configuration",
          changed: (to) => told.current.changed(to),
          keys: [{ key: "Mod-Enter", run: () => told.current.ask() }],
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
    if (editor.value !== null && editor.value.text() !== now()) editor.value.set(now());
  }, [editor.value, text]);
  useEffect(() => {
    editor.value?.complain(inConfiguration(text, problems));
  }, [editor.value, problems]);
  useEffect(() => {
    if (show !== null) editor.value?.show(new Places(text).offset(show));
  }, [show]);
  return (
    <>
      <div ref={host} class="config-editor" />
      {problem.value !== null ? (
        <ProblemView problem={problem.value} again={() => location.reload()} />
      ) : editor.value === null ? (
        <Waiting path="the editor" again={() => location.reload()} lines={10} />
      ) : null}
    </>
  );
}
