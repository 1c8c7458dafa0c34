import { setDiagnostics, type Diagnostic } from "@codemirror/lint";
import { StateEffect, StateField, type EditorState, type Extension, type TransactionSpec } from "@codemirror/state";
import { Decoration, EditorView, type DecorationSet } from "@codemirror/view";
import type { Complaint } from "../../rule/complaints";

const lines = StateEffect.define<DecorationSet>();
const marked = StateField.define<DecorationSet>({
  create: () => Decoration.none,
  update: (was, tr) => tr.effects.reduce((now, e) => (e.is(lines) ? e.value : now), was.map(tr.changes)),
  provide: (f) => EditorView.decorations.from(f),
});

/** complaintLines shows beside a line's number that there is something wrong in it. */
export const complaintLines: Extension = [
  marked,
  EditorView.baseTheme({
    ".cm-line.has-error::before": { color: "var(--error)", fontWeight: "600", content: '"✕ " counter(line)' },
    ".cm-line.has-warning::before": { color: "var(--no-match)", fontWeight: "600", content: '"⚠ " counter(line)' },
  }),
];

/** complaining is the change that puts problems under the words that they are of, in place of the former ones. */
export function complaining(state: EditorState, about: readonly Complaint[]): TransactionSpec {
  const found = about.map((c) => diagnostic(c, state.doc.length));
  const spec = setDiagnostics(state, found);
  const worst = new Map<number, Diagnostic["severity"]>();
  for (const d of found) {
    const line = state.doc.lineAt(d.from).from;
    if (worst.get(line) !== "error") worst.set(line, d.severity);
  }
  const set = [...worst].map(([at, severity]) => Decoration.line({ class: "has-" + severity }).range(at));
  return { ...spec, effects: [spec.effects ?? [], lines.of(Decoration.set(set, true))].flat() };
}

function diagnostic(c: Complaint, length: number): Diagnostic {
  const to = Math.min(Math.max(c.to, c.from), length);
  const made: Diagnostic = { from: Math.min(c.from, to), to, severity: c.severity, message: c.text };
  const mend = c.mend;
  if (mend !== undefined) {
    const apply = (view: EditorView): void =>
      view.dispatch({ changes: { from: mend.from, to: mend.to, insert: mend.insert } });
    made.actions = [{ name: mend.name, apply }];
  }
  return made;
}
