import { StateEffect, StateField, type EditorState, type Extension, type Range } from "@codemirror/state";
import { Decoration, EditorView, WidgetType, type DecorationSet } from "@codemirror/view";
import type { Part } from "../../rule/parts";
import { underline } from "./theme";

/** Shown is what the editor marks: parts with what they gave, and those that belong to what somebody points at. */
export interface Shown {
  readonly parts: readonly Part[];
  readonly lit: readonly string[]; // paths
  readonly chips: boolean;
  /** Of a text that isn't the one in the editor any more. */
  readonly old: boolean;
}

const nothing: Shown = { parts: [], lit: [], chips: true, old: false };
const set = StateEffect.define<Shown>();

interface Marked {
  readonly shown: Shown;
  readonly marks: DecorationSet;
}

const field = StateField.define<Marked>({
  create: () => ({ shown: nothing, marks: Decoration.none }),
  update(was, tr) {
    let now = was;
    if (tr.docChanged) {
      const parts = was.shown.parts.map((p) => ({
        ...p,
        from: tr.changes.mapPos(p.from),
        to: tr.changes.mapPos(p.to, -1),
      }));
      now = { shown: { ...was.shown, parts }, marks: was.marks.map(tr.changes) };
    }
    for (const e of tr.effects) if (e.is(set)) now = { shown: e.value, marks: marksOf(e.value, tr.state.doc.length) };
    return now;
  },
  provide: (f) => EditorView.decorations.from(f, (m) => m.marks),
});

/** marks shows what the parts of a rule gave, in place. */
export const marks: Extension = [
  field,
  EditorView.baseTheme({
    ".part.true": underline("solid", "var(--match)", 2),
    ".part.false": underline("dashed", "var(--no-match)", 2),
    ".part.threw": underline("wavy", "var(--error)", 2),
    ".part.skipped": underline("dotted", "var(--not-tried)", 1),
    ".part.lit": { backgroundColor: "var(--lit)", outline: "1px solid var(--accent)" },
    ".chip": {
      fontSize: "0.75rem",
      padding: "0 4px",
      margin: "0 2px",
      borderRadius: "3px",
      border: "1px solid var(--line)",
      backgroundColor: "var(--soft)",
      color: "var(--muted)",
      cursor: "default",
      unicodeBidi: "isolate",
      whiteSpace: "pre-wrap",
    },
    ".chip.skipped": { fontStyle: "italic" },
    ".chip.glyph": { border: "0", background: "none", padding: "0", margin: "0 2px 0 1px" },
    ".old .chip, .old .part": { opacity: "0.55" },
  }),
  EditorView.editorAttributes.compute([field], (state) => ({ class: state.field(field).shown.old ? "old" : "" })),
];

/** show makes the effect that marks parts anew. */
export const show = (shown: Shown) => set.of(shown);

/** partsAt lists the parts around a place, the innermost first. */
export function partsAt(state: EditorState, at: number): Part[] {
  const around = state.field(field).shown.parts.filter((p) => p.from <= at && at <= p.to);
  return around.sort((a, b) => a.to - a.from - (b.to - b.from));
}

function marksOf(shown: Shown, length: number): DecorationSet {
  const found: Range<Decoration>[] = [];
  for (const p of shown.parts) {
    if (p.to > length || p.from >= p.to) continue;
    const lit = p.path !== "" && shown.lit.includes(p.path);
    if (p.condition || lit) {
      found.push(
        Decoration.mark({ class: "part " + (p.condition ? p.state : "") + (lit ? " lit" : "") }).range(p.from, p.to),
      );
    }
    const chip = shown.chips ? chipOf(p) : "";
    if (chip !== "") found.push(Decoration.widget({ widget: new Chip(chip, p.state), side: 1 }).range(p.to));
  }
  return Decoration.set(found, true);
}

const glyphs = { true: "●", false: "○", threw: "✕", skipped: "┄" } as const;

/** chipOf is what stands behind a part: a read's value, a condition's outcome, and how often in a callback. */
function chipOf(p: Part): string {
  const often = p.times > 1 ? " ×" + p.times : "";
  if (p.path !== "") return p.state === "skipped" || p.value === "" ? "" : p.value + often;
  if (!p.condition) return "";
  if (p.state === "threw" || p.state === "skipped") return glyphs[p.state];
  const plain = /^(true|false)$/.test(p.value);
  return glyphs[p.state] + (plain ? "" : " " + p.value) + often;
}

/** Chip is a value behind its part. It is no text of the rule: it can't be selected, and nobody copies it. */
class Chip extends WidgetType {
  constructor(
    readonly text: string,
    readonly state: Part["state"],
  ) {
    super();
  }
  override eq(other: Chip): boolean {
    return other.text === this.text && other.state === this.state;
  }
  override toDOM(): HTMLElement {
    const chip = document.createElement("span");
    chip.className = "chip " + this.state + (this.text.length === 1 ? " glyph" : "");
    chip.setAttribute("aria-hidden", "true"); // the list under the editor says the same in order
    chip.textContent = this.text;
    return chip;
  }
  override ignoreEvent(): boolean {
    return false;
  }
}
