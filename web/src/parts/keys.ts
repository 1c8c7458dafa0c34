import { useLayoutEffect, useRef } from "preact/hooks";
import { active } from "../state/focus";
import { letters } from "../state/prefs";

/** Key is a key, or two after one another ("g d"), and what it does here. */
export interface Key {
  /** As shown: "g d", "Ctrl-Enter", "j", "Escape", "Space", "Alt-ArrowUp", "?". */
  keys: string;
  /** What it does, as a phrase: "open decisions". */
  does: string;
  run: () => void;
}

interface Layer {
  current: readonly Key[];
  /** Whether an older layer of this kind comes before it. */
  shared: boolean;
}

const layers = new Set<Layer>();

/**
 * useKeys has keys act as long as a component stands, from the moment at which it is seen. The newest component's keys
 * come first. Those of lists are shared: a list that comes later, below another, doesn't take its keys away.
 */
export function useKeys(keys: readonly Key[], shared = false): void {
  const layer = useRef<Layer>({ current: keys, shared }).current;
  layer.current = keys;
  useLayoutEffect(() => {
    layers.add(layer);
    return () => void layers.delete(layer);
  }, []);
}

/** activeKeys lists what works here, now: a key that a newer component took is in it once. */
export function activeKeys(): Key[] {
  const seen = new Map<string, Key>();
  const all = [...layers];
  for (const layer of [...all.filter((l) => !l.shared).reverse(), ...all.filter((l) => l.shared)]) {
    for (const key of layer.current)
      if (!seen.has(key.keys) && (letters.value || !isLetter(key.keys))) seen.set(key.keys, key);
  }
  return [...seen.values()];
}

/** visit gives a field the focus for a key. Esc gives it back to what had it. */
export function visit(field: HTMLElement | null): void {
  const before = active();
  if (field === null || before === field) return;
  field.focus();
  const life = new AbortController();
  const left = (event: KeyboardEvent): void => {
    if (event.key !== "Escape") return;
    event.preventDefault();
    if (before?.isConnected === true) before.focus();
    else field.blur();
  };
  field.addEventListener("blur", () => life.abort(), { signal: life.signal });
  field.addEventListener("keydown", left, { signal: life.signal });
}

/** isLetter reports whether keys are plain characters, which speech input may type by mistake (WCAG 2.1.4). */
const isLetter = (keys: string): boolean => keys.split(" ").every((k) => [...k].length === 1);

let first = "";
let timer: ReturnType<typeof setTimeout> | undefined;

/** listenForKeys has the page act on keys until the signal ends it. */
export function listenForKeys(signal: AbortSignal): void {
  document.addEventListener("keydown", pressed, { signal });
}

function pressed(event: KeyboardEvent): void {
  if (event.defaultPrevented || event.isComposing) return;
  const name = named(event);
  const inText = hasText(event);
  if (inText && !/^(Ctrl|Alt)-/.test(name) && name !== "Escape") return;
  if (document.querySelector("dialog[open]") !== null) return; // a dialog has the page's keys
  if (onControl(event) && (name === "Enter" || name === "Space")) return;
  const keys = activeKeys();
  const pair = first === "" ? undefined : keys.find((k) => k.keys === first + " " + name);
  const found = pair ?? keys.find((k) => k.keys === name); // one that makes no pair acts by itself
  clearTimeout(timer);
  if (found !== undefined) {
    first = "";
    event.preventDefault();
    found.run();
    return;
  }
  first = !inText && keys.some((k) => k.keys.startsWith(name + " ")) ? name : "";
  if (first !== "") timer = setTimeout(() => (first = ""), 1500);
}

function named(event: KeyboardEvent): string {
  const key = event.key === " " ? "Space" : event.key;
  const control = event.ctrlKey || event.metaKey ? "Ctrl-" : "";
  const alt = event.altKey ? "Alt-" : "";
  return control + alt + (control !== "" && key.length === 1 ? key.toUpperCase() : key);
}

/** hasText reports whether a key goes into a text; events of an editor come from inside its shadow root. */
function hasText(event: KeyboardEvent): boolean {
  const target = event.composedPath()[0];
  if (!(target instanceof HTMLElement)) return false;
  if (target instanceof HTMLInputElement) return !/^(checkbox|radio|button|submit|range)$/.test(target.type);
  return target.isContentEditable || target instanceof HTMLTextAreaElement || target instanceof HTMLSelectElement;
}

function onControl(event: KeyboardEvent): boolean {
  const target = event.composedPath()[0];
  return (
    target instanceof HTMLButtonElement ||
    target instanceof HTMLAnchorElement ||
    target instanceof HTMLInputElement ||
    (target instanceof HTMLElement && target.tagName === "SUMMARY")
  );
}
