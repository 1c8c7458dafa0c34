// What a draft changes, processor by processor, and how that is done again on another text.
import { processors, value, type Item } from "./yaml";
import { insert, moveTo, reorder } from "./yamlwrite";

/** Change is what a draft does to one processor. */
export interface Change {
  readonly ref: string;
  readonly kind: "rule" | "methods" | "moved" | "added" | "removed";
  /** How it is written before and after; empty where it wasn't or isn't there. */
  readonly before: string;
  readonly after: string;
}

const at = (text: string, item: Item | undefined, key: string): string => {
  const found = item?.keys.get(key);
  return found === undefined ? "" : text.slice(found.from, found.to);
};

/** changes lists what differs between two texts in their processors, in the order of the new one. */
export function changes(old: string, now: string): Change[] {
  const [before, after] = [byRef(old), byRef(now)];
  const found: Change[] = [];
  const stayed = places([...before.keys()].filter((ref) => after.has(ref)));
  const order = places([...after.keys()].filter((ref) => before.has(ref)));
  for (const item of after.values()) {
    const was = before.get(item.ref);
    if (was === undefined) {
      found.push({ ref: item.ref, kind: "added", before: "", after: now.slice(item.from, item.to) });
      continue;
    }
    for (const [key, kind] of [["matchFunc", "rule"], ["methods", "methods"]] as const) {
      const [b, a] = [at(old, was, key), at(now, item, key)];
      if (b !== a) found.push({ ref: item.ref, kind, before: b, after: a });
    }
    const [from, to] = [stayed.get(item.ref) ?? 0, order.get(item.ref) ?? 0];
    if (from > to) found.push({ ref: item.ref, kind: "moved", before: place(from), after: place(to) });
  }
  for (const item of before.values()) {
    if (!after.has(item.ref))
      found.push({ ref: item.ref, kind: "removed", before: old.slice(item.from, item.to), after: "" });
  }
  return found;
}

const places = (refs: readonly string[]): Map<string, number> => new Map(refs.map((ref, i) => [ref, i]));

// Texts are long, and one is asked about at each key: those of the last two are kept.
const known = new Map<string, ReadonlyMap<string, Item>>();

/** forgetTexts drops what is kept of texts. */
export const forgetTexts = (): void => known.clear();

/** byRef has the processors of a text by their names, the first of each, in order. */
function byRef(text: string): ReadonlyMap<string, Item> {
  const there = known.get(text);
  const made = there ?? firsts(processors(text));
  known.delete(text);
  known.set(text, made);
  const [oldest] = known.keys();
  if (known.size > 2 && oldest !== undefined) known.delete(oldest);
  return made;
}

function firsts(items: readonly Item[]): ReadonlyMap<string, Item> {
  const made = new Map<string, Item>();
  for (const p of items) if (!made.has(p.ref)) made.set(p.ref, p);
  return made;
}

const place = (index: number): string => `place ${index + 1}`;

/** undo takes one change back. It is undefined where the texts are too different for that. */
export function undo(old: string, now: string, one: Change): string | undefined {
  const was = processors(old).find((p) => p.ref === one.ref);
  const is = processors(now).find((p) => p.ref === one.ref);
  if (one.kind === "added" && is !== undefined) return now.slice(0, is.from) + now.slice(is.to);
  if (one.kind === "removed" && was !== undefined) return restore(old, now, was);
  if (was === undefined || is === undefined) return undefined;
  if (one.kind === "moved") return moveTo(now, one.ref, processors(old).findIndex((p) => p.ref === one.ref));
  const key = one.kind === "rule" ? "matchFunc" : "methods";
  const [from, to] = [was.keys.get(key), is.keys.get(key)];
  if (from === undefined || to === undefined) return undefined;
  return now.slice(0, to.from) + old.slice(from.from, from.to) + now.slice(to.to);
}

// restore puts a processor back before the one that it stood before.
function restore(old: string, now: string, was: Item): string | undefined {
  const all = processors(old);
  const behind = all.slice(all.findIndex((p) => p.ref === was.ref) + 1);
  const kept = processors(now);
  const next = kept.find((p) => behind.some((b) => b.ref === p.ref));
  const to = next?.from ?? kept.at(-1)?.to;
  return to === undefined ? undefined : now.slice(0, to) + old.slice(was.from, was.to) + now.slice(to);
}

/** again makes a draft's changes on another base: what couldn't be made is in left. */
export function again(old: string, now: string, base: string): { text: string; left: Change[] } {
  const left: Change[] = [];
  let text = base;
  let moved = false;
  for (const one of changes(old, now)) {
    if (one.kind === "moved") moved = true;
    const made = one.kind === "moved" ? text : once(text, now, one);
    if (made === undefined) left.push(one);
    else text = made;
  }
  return { text: moved ? reorder(text, processors(now).map((p) => p.ref)) : text, left };
}

// once makes one change, of any kind but an order.
function once(text: string, now: string, one: Change): string | undefined {
  const is = processors(now);
  const item = is.find((p) => p.ref === one.ref);
  const read = (key: string): string => value(at(now, item, key));
  switch (one.kind) {
    case "rule":
    case "methods": {
      const key = one.kind === "rule" ? "matchFunc" : "methods";
      const to = processors(text).find((p) => p.ref === one.ref)?.keys.get(key);
      return to === undefined ? undefined : text.slice(0, to.from) + one.after + text.slice(to.to);
    }
    case "moved":
      return text;
    case "removed": {
      const gone = processors(text).find((p) => p.ref === one.ref);
      return gone === undefined ? undefined : text.slice(0, gone.from) + text.slice(gone.to);
    }
    case "added": {
      const next = is.slice(is.findIndex((p) => p.ref === one.ref) + 1).find((p) => find(text, p.ref));
      if (find(text, one.ref)) return undefined; // somebody else has added one of this name
      const methods = read("methods").replace(/[[\]]/g, "").split(",").map((m) => m.trim());
      return insert(text, { ref: one.ref, addr: read("addr"), methods, matchFunc: read("matchFunc") }, next?.ref);
    }
  }
}

const find = (text: string, ref: string): boolean => processors(text).some((p) => p.ref === ref);
