import { history, historyKeymap, indentLess, indentMore, standardKeymap } from "@codemirror/commands";
import { indentUnit } from "@codemirror/language";
import { nextDiagnostic, setDiagnostics } from "@codemirror/lint";
import { EditorState, RangeSetBuilder } from "@codemirror/state";
import { Decoration, EditorView, keymap, ViewPlugin } from "@codemirror/view";
import type { DecorationSet, ViewUpdate } from "@codemirror/view";
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

// What stands out in YAML: comments, keys, and texts in quotes. A grammar of its own costs more than it shows.
const words = /(^|\s)(#.*)|^(\s*(?:- +)?[\w./-]+:)(?=\s|$)|("(?:[^"\\]|\\.)*"|'(?:[^']|'')*')/g;
const looks = ["comment", "key", "text"].map((name) => Decoration.mark({ class: "cm-yaml-" + name }));

const colours = ViewPlugin.fromClass(
  class {
    decorations: DecorationSet;
    constructor(view: EditorView) {
      this.decorations = coloured(view);
    }
    update(u: ViewUpdate): void {
      if (u.docChanged || u.viewportChanged) this.decorations = coloured(u.view);
    }
  },
  { decorations: (plugin) => plugin.decorations },
);

function coloured(view: EditorView): DecorationSet {
  const set = new RangeSetBuilder<Decoration>();
  for (const { from, to } of view.visibleRanges) {
    for (let at = from; at <= to;) {
      const line = view.state.doc.lineAt(at);
      for (const m of line.text.slice(0, 2000).matchAll(words)) {
        const found = m[2] ?? m[3] ?? m[4] ?? "";
        const begin = line.from + m.index + (m[2] === undefined ? 0 : (m[1] ?? "").length);
        const look = looks[m[2] !== undefined ? 0 : m[3] !== undefined ? 1 : 2];
        if (look !== undefined) set.add(begin, begin + found.length, look);
      }
      at = line.to + 1;
    }
  }
  return set.finish();
}

const paints = EditorView.theme({
  ".cm-content": { counterReset: "line var(--before, 0)" },
  ".cm-yaml-comment": { color: "var(--muted)", fontStyle: "italic" },
  ".cm-yaml-key": { color: "var(--match)" },
  ".cm-yaml-text": { color: "var(--no-match)" },
  ".cm-line": { paddingLeft: "3.5rem" },
  ".cm-line::before": {
    counterIncrement: "line",
    content: "counter(line)",
    display: "inline-block",
    width: "3rem",
    marginLeft: "-3.5rem",
    marginRight: "0.5rem",
    textAlign: "right",
    color: "var(--muted)",
  },
});

/** number counts lines in CSS, from the first one that is drawn: gutters would cost more than all the rest. */
function number(view: EditorView): void {
  view.dom.style.setProperty("--before", String(view.state.doc.lineAt(view.viewport.from).number - 1));
}

/** textEditor makes an editor for YAML in a shadow root of its own, as ruleEditor does and for the same reason. */
export function textEditor(o: TextEditorOptions): TextEditor {
  const root = o.host.shadowRoot ?? o.host.attachShadow({ mode: "open" });
  let quiet = false; // while the text is set from outside
  const extensions = [
    history(),
    EditorView.updateListener.of((u) => number(u.view)),
    indentUnit.of("  "),
    colours,
    EditorView.contentAttributes.of({
      "aria-label": o.label, spellcheck: "false", autocapitalize: "off", tabindex: "0", // it scrolls, so it takes focus
    }),
    keymap.of([
      ...o.keys.map(({ key, run }) => ({ key, run: () => (run(), true), preventDefault: true })),
      { key: "Mod-f", run: (view) => (void import("./search").then(({ find }) => find(view)), true) },
      { key: "Mod-]", run: indentMore },
      { key: "Mod-[", run: indentLess },
      { key: "F8", run: nextDiagnostic },
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
