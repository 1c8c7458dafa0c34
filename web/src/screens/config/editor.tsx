import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { asProblem, type Problem } from "../../api/problem";
import type { TextEditor } from "../../parts/editor/index";
import { Waiting } from "../../parts/panel";
import { ProblemView } from "../../parts/problem";
import { Places } from "../../rule/places";
import type { ConfigProblem } from "../../api/api.gen";

interface EditorProps {
  text: string;
  problems: readonly ConfigProblem[];
  changed: (text: string) => void;
  /** Asked for when somebody wants to know what the draft would do. */
  ask: () => void;
  /** A place to be shown; a new object for each time. */
  show: { line: number; column: number } | null;
}

/** ConfigEditor is the configuration as text, with its problems at their places. */
export function ConfigEditor({ text, problems, changed, ask, show }: EditorProps) {
  const host = useRef<HTMLDivElement>(null);
  const editor = useSignal<TextEditor | null>(null);
  const problem = useSignal<Problem | null>(null);
  const told = useRef({ changed, ask });
  told.current = { changed, ask };
  useEffect(() => {
    let gone = false;
    import("../../parts/editor/index").then(
      ({ textEditor }) => {
        if (gone || host.current === null) return;
        editor.value = textEditor({
          host: host.current, text, label: "Configuration",
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
    if (editor.value !== null && editor.value.text() !== text) editor.value.set(text);
  }, [editor.value, text]);
  useEffect(() => {
    const places = new Places(text);
    editor.value?.complain(problems.map((p) => {
      const from = places.offset(p);
      return { from, to: wordEnd(text, from), severity: p.severity, text: `${p.path}: ${p.message}` };
    }));
  }, [editor.value, problems]);
  useEffect(() => {
    if (show !== null) editor.value?.show(new Places(text).offset(show));
  }, [show]);
  return (
    <>
      <div ref={host} class="config-editor" />
      {problem.value === null ? (editor.value === null ? <Waiting path="the editor" lines={10} /> : null)
        : <ProblemView problem={problem.value} again={() => location.reload()} />}
    </>
  );
}

// wordEnd is where what begins at a place ends, for a mark that can be seen.
function wordEnd(text: string, from: number): number {
  const m = /^[\w$.-]+|^[^\s]/.exec(text.slice(from, from + 200));
  return from + (m?.[0].length ?? 0);
}
