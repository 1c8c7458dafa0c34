import { defaultKeymap, history, historyKeymap, indentLess, indentMore } from "@codemirror/commands";
import { yaml } from "@codemirror/lang-yaml";
import { bracketMatching, indentUnit } from "@codemirror/language";
import { lintGutter, lintKeymap, setDiagnostics } from "@codemirror/lint";
import { search, searchKeymap } from "@codemirror/search";
import { EditorState } from "@codemirror/state";
import { drawSelection, EditorView, highlightActiveLineGutter, keymap, lineNumbers } from "@codemirror/view";
import type { Complaint } from "../../rule/complaints";
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

/** textEditor makes an editor for YAML in a shadow root of its own, as ruleEditor does and for the same reason. */
export function textEditor(o: TextEditorOptions): TextEditor {
  const root = o.host.shadowRoot ?? o.host.attachShadow({ mode: "open" });
  let quiet = false; // while the text is set from outside
  const view = new EditorView({
    root,
    parent: root,
    state: EditorState.create({
      doc: o.text,
      extensions: [
        history(),
        drawSelection(),
        lineNumbers(),
        highlightActiveLineGutter(),
        lintGutter(),
        indentUnit.of("  "),
        bracketMatching(),
        search({ top: true }),
        yaml(),
        EditorView.contentAttributes.of({ "aria-label": o.label, spellcheck: "false", autocapitalize: "off" }),
        keymap.of([
          ...o.keys.map(({ key, run }) => ({ key, run: () => (run(), true), preventDefault: true })),
          { key: "Mod-]", run: indentMore },
          { key: "Mod-[", run: indentLess },
          ...searchKeymap,
          ...lintKeymap,
          ...historyKeymap,
          ...defaultKeymap,
        ]),
        theme,
        EditorView.updateListener.of((u) => {
          if (u.docChanged && !quiet) o.changed(u.state.doc.toString());
        }),
      ],
    }),
  });
  return {
    text: () => view.state.doc.toString(),
    set: (text) => {
      quiet = true;
      view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert: text } });
      quiet = false;
    },
    complain: (about) => {
      const length = view.state.doc.length;
      const marks = about.map((c) => {
        const to = Math.min(Math.max(c.to, c.from), length);
        return { from: Math.min(c.from, to), to, severity: c.severity, message: c.text };
      });
      view.dispatch(setDiagnostics(view.state, marks));
    },
    show: (at) => {
      const to = Math.min(at, view.state.doc.length);
      view.dispatch({ selection: { anchor: to }, effects: EditorView.scrollIntoView(to, { y: "center" }) });
      view.focus();
    },
    destroy: () => view.destroy(),
  };
}
