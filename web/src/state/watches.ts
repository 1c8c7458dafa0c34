import { signal } from "@preact/signals";
import { call } from "../api/call";
import type { Entry } from "../api/entry";
import { poll } from "../api/poll";
import { toCall, type Filter } from "./filter";

/** Watch keeps the messages that fit a filter for a while, whatever the load. */
export interface Watch {
  id: string;
  filter: Record<string, unknown>;
  until: string;
  /** How many passed the filter. */
  caught: number;
  /** It catches nothing any more. */
  ended: boolean;
}

/** Caught is a watch with what it has kept. */
export interface Caught extends Watch {
  /** Oldest first, with their messages. */
  decisions: Entry[];
}

/** watches are those that the dispatcher has; undefined where it isn't known. */
export const watches = signal<readonly Watch[] | undefined>(undefined);

/** seen is how many messages of each watch somebody has looked at. */
export const seen = signal<ReadonlyMap<string, number>>(new Map());

/** followWatches asks for the watches as long as somebody wants to know. */
export function followWatches(life: AbortSignal): void {
  void poll(async (signal) => {
    watches.value = (await call<{ watches: Watch[] }>("/watches", { signal })).watches;
  }, 2_000, life);
}

/** watch sets one and returns it. */
export async function watch(filter: Filter, minutes: number): Promise<Watch> {
  const one = Object.fromEntries(
    Object.entries(toCall(filter)).map(([name, values]) => [name, values.length === 1 ? values[0] : values]),
  );
  const made = await call<Watch>("/watches", { method: "POST", body: { filter: one, for: `${minutes}m`, keep: 200 } });
  watches.value = [...(watches.value ?? []), made];
  return made;
}

/** unwatch ends a watch; what it has kept is gone. */
export async function unwatch(id: string): Promise<void> {
  await call<unknown>("/watches/" + encodeURIComponent(id), { method: "DELETE" });
  watches.value = watches.value?.filter((w) => w.id !== id);
}

/** fresh is how many messages were caught that nobody has looked at. */
export const fresh = (w: Watch): number => Math.max(0, w.caught - (seen.value.get(w.id) ?? 0));

/** look notes that everything a watch has caught was looked at. */
export function look(w: Watch): void {
  if (fresh(w) > 0) seen.value = new Map([...seen.value, [w.id, w.caught]]);
}
