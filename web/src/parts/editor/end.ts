import type { EditorView } from "@codemirror/view";

/**
 * end takes an editor out of the page with its host. CodeMirror keeps a Range in what it measured last, and that would
 * keep whatever its host still stands in: a whole screen that nobody sees any more.
 */
export function end(view: EditorView, host: HTMLElement): void {
  host.remove();
  view.destroy();
}
