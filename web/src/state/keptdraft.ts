// The draft in the tab's storage, so that it outlives the page.
import { effect, type Signal } from "@preact/signals";
import type { Draft } from "./draft";

const kept = "dispatcher.draft";
const large = 200_000; // characters: writing so many takes longer than a key
const rest = 500; // milliseconds without a change before a large draft is kept

/** keptInTab is the draft that the tab has; null where it has none, or something else. */
export function keptInTab(): Draft | null {
  try {
    const d: unknown = JSON.parse(sessionStorage.getItem(kept) ?? "null");
    return typeof d === "object" && d !== null && "base" in d && "text" in d ? (d as Draft) : null;
  } catch {
    return null;
  }
}

/** keepInTab has the tab keep a draft: at once, or soon after where it is large, and when the page is left. */
export function keepInTab(draft: Signal<Draft | null>): void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const keep = (): void => {
    clearTimeout(timer);
    try {
      if (draft.peek() === null) sessionStorage.removeItem(kept);
      else sessionStorage.setItem(kept, JSON.stringify(draft.peek()));
    } catch {
      // storage is off or full: the draft lasts as long as the page
    }
  };
  effect(() => {
    clearTimeout(timer);
    if (draft.value === null || draft.value.text.length < large) keep();
    else timer = setTimeout(keep, rest);
  });
  if (typeof addEventListener !== "undefined") addEventListener("pagehide", keep);
}
