import { closeBrackets, closeBracketsKeymap, completionKeymap } from "@codemirror/autocomplete";
import { history, historyKeymap, indentLess, indentMore, standardKeymap } from "@codemirror/commands";
import { bracketMatching } from "@codemirror/language";
import { nextDiagnostic } from "@codemirror/lint";
import { EditorState } from "@codemirror/state";
import { EditorView, keymap } from "@codemirror/view";
import type { Complaint } from "../../rule/complaints";
import { tokens } from "../../rule/javascript";
import { colours } from "./colours";
import { complaining } from "./complain";
import { completion, type Known } from "./complete";
import { end } from "./end";
import { hover } from "./hover";
import { ruleIndent } from "./indent";
import { marks, partsAt, show, type Shown } from "./marks";
import { theme } from "./theme";

/** RuleEditor edits one matchFunc. Who makes it ends it. */
export interface RuleEditor {
  text: () => string;
  /** set replaces the whole text, which can be undone like typing. */
  set: (text: string) => void;
  show: (shown: Shown) => void;
  complain: (about: readonly Complaint[]) => void;
  focus: () => void;
  destroy: () => void;
}

/** RuleEditorOptions say where an editor stands and who hears of it. */
export interface RuleEditorOptions extends Known {
  host: HTMLElement;
  text: string;
  label: string;
  changed: (text: string) => void;
  /** Told of the path that the cursor or pointer is on; empty for none. */
  pointed: (path: string) => void;
  keys: readonly { key: string; run: () => void }[];
}

/**
 * ruleEditor makes an editor in an open shadow root of its own: there CodeMirror's styles are constructed style sheets,
 * which a strict Content-Security-Policy allows.
 */
export function ruleEditor(o: RuleEditorOptions): RuleEditor {
  const root = o.host.shadowRoot ?? o.host.attachShadow({ mode: "open" });
  const point = (view: EditorView, at: number): void =>
    o.pointed(partsAt(view.state, at).find((p) => p.path !== "")?.path ?? "");
  const view = new EditorView({
    root,
    parent: root,
    state: EditorState.create({
      doc: o.text,
      extensions: [
        history(),
        ruleIndent,
        bracketMatching(),
        closeBrackets(),
        colours((view) => tokens(view.state.doc.toString())),
        EditorView.lineWrapping,
        EditorView.contentAttributes.of({
          "aria-label": o.label,
          tabindex: "0",
          spellcheck: "false",
          autocapitalize: "off",
        }),
        keymap.of([
          ...o.keys.map(({ key, run }) => ({ key, run: () => (run(), true), preventDefault: true })),
          { key: "Mod-]", run: indentMore },
          { key: "Mod-[", run: indentLess },
          ...closeBracketsKeymap,
          ...completionKeymap,
          { key: "F8", run: nextDiagnostic },
          ...historyKeymap,
          ...standardKeymap,
        ]),
        completion(o),
        marks,
        hover,
        theme,
        EditorView.updateListener.of((u) => {
          if (u.docChanged) o.changed(u.state.doc.toString());
          if (u.selectionSet && u.view.hasFocus) point(u.view, u.state.selection.main.head);
        }),
        EditorView.domEventHandlers({
          mousemove: (event, v) => {
            const at = v.posAtCoords({ x: event.clientX, y: event.clientY });
            if (at !== null) point(v, at);
          },
          mouseleave: () => o.pointed(""),
          blur: () => o.pointed(""),
        }),
      ],
    }),
  });
  return {
    text: () => view.state.doc.toString(),
    set: (text) => view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert: text } }),
    show: (shown) => view.dispatch({ effects: show(shown) }),
    complain: (about) => view.dispatch(complaining(view.state, about)),
    focus: () => view.focus(),
    destroy: () => end(view, o.host),
  };
}
