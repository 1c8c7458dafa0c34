import { computed, effect, signal } from "@preact/signals";
import { text } from "../api/call";
import { asProblem } from "../api/problem";
import { again, changes, forgetTexts, undo, type Change } from "./change";
import { keepInTab, keptInTab } from "./keptdraft";
import { onForget } from "./session";
import { processors } from "./yaml";
import { change, insert, move, swap, type Edit, type Rule } from "./yamlwrite";

/** Base is the running configuration's text that a draft began with; secrets in it are masked. */
export interface Base {
  readonly text: string;
  /** Hash of the file that runs. */
  readonly hash: string;
  /** Where the dispatcher read it; empty where it isn't known. */
  readonly source: string;
  /** How many places of it are masked. */
  readonly masked: number;
}

/** Draft is a configuration that somebody works on. */
export interface Draft {
  readonly base: Base;
  readonly text: string;
}

/** draft is the one draft there is; null where there is none. It lives as long as the tab. */
export const draft = signal<Draft | null>(keptInTab());

const large = 200_000; // characters whose changes are looked for after a rest only: that takes longer than a key
const compared = signal(draft.peek());
let rest: ReturnType<typeof setTimeout> | undefined;

effect(() => {
  const now = draft.value;
  clearTimeout(rest);
  if (now === null || now.text.length < large) compared.value = now;
  else rest = setTimeout(() => (compared.value = now), 250);
});

/** drafted lists what the draft changes. */
export const drafted = computed<readonly Change[]>(() =>
  compared.value === null ? [] : changes(compared.value.base.text, compared.value.text),
);

/** drawer is whether the draft's drawer stands open. */
export const drawer = signal(false);

/** loadBase asks for the text of the configuration that runs. */
export async function loadBase(signal?: AbortSignal): Promise<Base> {
  const got = await text("/config/source", signal === undefined ? {} : { signal });
  return {
    text: got.text,
    hash: (got.headers.get("ETag") ?? "").replace(/^W\/|"/g, ""),
    source: "",
    masked: Number(got.headers.get("X-Masked") ?? 0),
  };
}

/** begin opens a draft of what runs, where there is none. */
export async function begin(): Promise<Draft> {
  const there = draft.value;
  if (there !== null) return there;
  const base = await loadBase();
  const made = { base, text: base.text };
  draft.value = made;
  return made;
}

/** write sets the draft's whole text. */
export function write(to: string): void {
  if (draft.value !== null) draft.value = { ...draft.value, text: to };
}

/** Outcome of an edit: a sentence where it couldn't be made. */
export type Made = string | null;

async function edited(by: (now: string) => string | undefined, what: string): Promise<Made> {
  try {
    const now = await begin();
    const to = by(now.text);
    if (to === undefined)
      return `${what} can't be written into this text by itself: open Configuration, and edit the draft there.`;
    write(to);
    return null;
  } catch (thrown) {
    return asProblem(thrown).message;
  }
}

/** editRule writes a processor's rule or methods into the draft. */
export const editRule = (ref: string, edit: Edit): Promise<Made> =>
  edited((now) => change(now, ref, edit), `The change of ${ref}`);

/** moveRule moves a processor one place up or down in the draft. */
export async function moveRule(ref: string, by: -1 | 1): Promise<Made> {
  const made = await edited((now) => move(now, ref, by), `The move of ${ref}`);
  const refs = processors(draft.value?.text ?? "").map((p) => p.ref);
  if (made === null || refs.at(by < 0 ? 0 : -1) !== ref) return made;
  if (draft.value?.text === draft.value?.base.text) discard(); // it began for this
  return `${ref} is asked ${by < 0 ? "first" : "last"} already.`;
}

/** swapRules has two processors change places in the draft, so that the other one is asked first. */
export const swapRules = (a: string, b: string): Promise<Made> =>
  edited((now) => swap(now, a, b), `The swap of ${a} and ${b}`);

/** addRule writes a new processor into the draft, before another or behind all. */
export const addRule = (rule: Rule, before?: string): Promise<Made> =>
  edited((now) => insert(now, rule, before), `The rule ${rule.ref}`);

/** takeBack undoes one change. */
export function takeBack(one: Change): Made {
  const d = draft.value;
  const to = d === null ? undefined : undo(d.base.text, d.text, one);
  if (to === undefined) return "This change can't be taken back by itself: edit the draft's text in Configuration.";
  write(to);
  if (draft.value?.text === draft.value?.base.text) discard();
  return null;
}

/** rebase makes the draft's changes again on what runs now; it returns those that didn't fit. */
export async function rebase(): Promise<readonly Change[]> {
  const d = draft.value;
  if (d === null) return [];
  const base = await loadBase();
  const made = again(d.base.text, d.text, base.text);
  draft.value = { base, text: made.text };
  return made.left;
}

/** discard ends the draft. */
export function discard(): void {
  draft.value = null;
  drawer.value = false;
}

keepInTab(draft);

onForget(() => {
  discard();
  forgetTexts();
});
