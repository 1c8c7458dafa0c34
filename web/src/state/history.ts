import { signal } from "@preact/signals";
import { onForget } from "./session";
import { remembered, restored, type Tried } from "./tried";

const kept = "dispatcher.rules";

function stored(): string | null {
  try {
    return localStorage.getItem(kept);
  } catch {
    return null; // storage is off
  }
}

/** history is what was tried in this browser, the newest first. */
export const history = signal<readonly Tried[]>(restored(stored()));

/** remember adds a rule to the history. */
export function remember(rule: Tried): void {
  history.value = remembered(history.value, rule);
  store();
}

function store(): void {
  try {
    localStorage.setItem(kept, JSON.stringify(history.value));
  } catch {
    // storage is off or full: the history lasts as long as the page
  }
}

onForget(() => {
  history.value = [];
  store();
});
