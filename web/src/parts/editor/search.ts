import { openSearchPanel, search, searchKeymap } from "@codemirror/search";
import { StateEffect } from "@codemirror/state";
import { EditorView, keymap } from "@codemirror/view";

const searchable = new WeakSet<EditorView>();

const look = EditorView.theme({
  ".cm-panels": { backgroundColor: "var(--soft)", color: "var(--text)", borderColor: "var(--line)" },
  ".cm-panel.cm-search": { padding: "6px 8px", display: "flex", flexWrap: "wrap", gap: "4px", alignItems: "center" },
  ".cm-panel.cm-search br": { display: "none" },
  ".cm-textfield, .cm-button": {
    backgroundColor: "var(--ground)", backgroundImage: "none", color: "var(--text)", border: "1px solid var(--edge)",
    borderRadius: "4px", margin: "0", padding: "2px 8px", fontSize: "inherit",
  },
  ".cm-panel.cm-search [name=close]": { position: "static", color: "var(--text)", marginLeft: "auto" },
  ".cm-searchMatch": { backgroundColor: "transparent", outline: "1px solid var(--match)" },
  ".cm-searchMatch-selected": { outline: "2px solid var(--match)" },
});

/** find opens the search of an editor. It is in a file of its own: few need it. */
export function find(view: EditorView): void {
  if (!searchable.has(view)) {
    searchable.add(view);
    view.dispatch({ effects: StateEffect.appendConfig.of([search({ top: true }), keymap.of(searchKeymap), look]) });
  }
  openSearchPanel(view);
}
