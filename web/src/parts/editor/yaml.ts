import { completionKeymap } from "@codemirror/autocomplete";
import { history, historyKeymap, indentLess, indentMore, standardKeymap } from "@codemirror/commands";
import { nextDiagnostic } from "@codemirror/lint";
import { EditorState } from "@codemirror/state";
import { EditorView, keymap } from "@codemirror/view";
import type { Complaint } from "../../rule/complaints";
import { colours } from "./colours";
import { complaining, complaintLines } from "./complain";
import { configCompletion } from "./configcomplete";
import { painted } from "./configtext";
import { configIndent } from "./indent";
import { end } from "./end";
import { theme } from "./theme";

/** TextEditor edits a configuration. Who makes it ends it. */
export interface TextEditor {
  text: () => string;
  set: (text: string) => void;
  complain: (about: readonly Complaint[]) => void;
  /** show brings a place into view and puts the cursor there, in UTF-16 units. */
  show: (at: number) => void;
  destroy: () => void;
}

/** TextEditorOptions say where an editor stands and who hears of it. */
export interface TextEditorOptions {
  host: HTMLElement;
  text: string;
  label: string;
  changed: (text: string) => void;
  keys: readonly { key: string; run: () => void }[];
}

const paints = EditorView.theme({
  ".cm-content": { counterReset: "line var(--before, 0)" },
  ".cm-line": { paddingLeft: "calc(var(--digits) * 1ch + 3.5ch)" },
  ".cm-line::before": {
    counterIncrement: "line",
    content: "counter(line)",
    display: "inline-block",
    width: "calc(var(--digits) * 1ch + 2ch)",
    marginLeft: "calc(var(--digits) * -1ch - 3ch)",
    marginRight: "1ch",
    textAlign: "right",
    color: "var(--muted)",
  },
});

/** number counts lines in CSS, from the first one that is drawn: gutters would cost more than all the rest. */
function number(view: EditorView): void {
  view.dom.style.setProperty("--before", String(view.state.doc.lineAt(view.viewport.from).number - 1));
  view.dom.style.setProperty("--digits", String(String(view.state.doc.lines).length));
}

/** textEditor makes an editor for YAML in a shadow root of its own, as ruleEditor does and for the same reason. */
export function textEditor(o: TextEditorOptions): TextEditor {
  const root = o.host.shadowRoot ?? o.host.attachShadow({ mode: "open" });
  let quiet = false; // while the text is set from outside
  const extensions = [
    history(),
    EditorView.updateListener.of((u) => number(u.view)),
    configIndent,
    EditorView.lineWrapping,
    colours(painted),
    configCompletion,
    complaintLines,
    EditorView.contentAttributes.of({
      "aria-label": o.label, spellcheck: "false", autocapitalize: "off", tabindex: "0", // it scrolls, so it takes focus
    }),
    keymap.of([
      ...o.keys.map(({ key, run }) => ({ key, run: () => (run(), true), preventDefault: true })),
      { key: "Mod-f", run: (view) => (void import("./search").then(({ find }) => find(view)), true) },
      { key: "Mod-]", run: indentMore },
      { key: "Mod-[", run: indentLess },
      { key: "F8", run: nextDiagnostic },
      ...completionKeymap,
      ...historyKeymap,
      ...standardKeymap,
    ]),
    paints,
    theme,
    EditorView.updateListener.of((u) => {
      if (u.docChanged && !quiet) o.changed(u.state.doc.toString());
    }),
  ];
  const view = new EditorView({ root, parent: root, state: EditorState.create({ doc: o.text, extensions }) });
  return {
    text: () => view.state.doc.toString(),
    set: (text) => {
      quiet = true;
      view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert: text } });
      quiet = false;
    },
    complain: (about) => view.dispatch(complaining(view.state, about)),
    show: (at) => {
      const to = Math.min(at, view.state.doc.length);
      view.dispatch({ selection: { anchor: to }, effects: EditorView.scrollIntoView(to, { y: "center" }) });
      view.focus();
    },
    destroy: () => end(view, o.host),
  };
}
