import type { Extension } from "@codemirror/state";
import { Decoration, EditorView, ViewPlugin, type DecorationSet, type ViewUpdate } from "@codemirror/view";

/** Painted is a piece of a text that has a colour. */
export interface Painted {
  readonly from: number;
  readonly to: number;
  readonly kind: "comment" | "text" | "word" | "constant" | "key";
}

const brushes = Object.fromEntries(
  ["comment", "text", "word", "constant", "key"].map((kind) => [kind, Decoration.mark({ class: "tok-" + kind })]),
);

const look = EditorView.baseTheme({
  ".tok-comment": { color: "var(--muted)", fontStyle: "italic" },
  ".tok-text": { color: "var(--match)" },
  ".tok-word": { fontWeight: "600" },
  ".tok-constant": { color: "var(--no-match)" },
  ".tok-key": { fontWeight: "600" },
});

/** colours paints what find returns for what is in view, anew at each change. */
export function colours(find: (view: EditorView) => Painted[]): Extension {
  const paint = (view: EditorView): DecorationSet =>
    Decoration.set(
      find(view).flatMap((p) => brushes[p.kind]?.range(p.from, p.to) ?? []),
      true,
    );
  const plugin = ViewPlugin.fromClass(
    class {
      decorations: DecorationSet;
      constructor(view: EditorView) {
        this.decorations = paint(view);
      }
      update(u: ViewUpdate): void {
        if (u.docChanged || u.viewportChanged) this.decorations = paint(u.view);
      }
    },
    { decorations: (p) => p.decorations },
  );
  return [plugin, look];
}
