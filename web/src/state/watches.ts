import { signal } from "@preact/signals";
import { call, query } from "../api/call";
import type { Entry } from "../api/entry";
import { poll } from "../api/poll";
import { toCall, type Filter } from "./filter";
import { joined, scope } from "./fleet";

/** Watch keeps the messages that fit a filter for a while, whatever the load. */
export interface Watch {
  id: string;
  filter: Record<string, unknown>;
  until: string;
  /** How many passed the filter. */
  caught: number;
  /** It catches nothing any more. */
  ended: boolean;
  /** Where it is; left out where this replica alone was asked. */
  replica?: string;
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

/** watchesPath is the call that lists them: those of all replicas, where there are several. */
export const watchesPath = (): string => query("/watches", scope());

/** followWatches asks for the watches as long as somebody wants to know. */
export function followWatches(life: AbortSignal): void {
  void poll(async (signal) => {
    watches.value = (await call<{ watches: Watch[] }>(watchesPath(), { signal })).watches;
  }, 2_000, life);
}

/** watch sets one, at each replica where there are several, and returns what was set. */
export async function watch(filter: Filter, minutes: number): Promise<readonly Watch[]> {
  const one = Object.fromEntries(
    Object.entries(toCall(filter)).map(([name, values]) => [name, values.length === 1 ? values[0] : values]),
  );
  const options = { method: "POST", body: { filter: one, for: `${minutes}m`, keep: 200 } } as const;
  const made = joined.value
    ? (await call<{ watches: Watch[] }>("/fleet/watches", options)).watches
    : [await call<Watch>("/watches", options)];
  watches.value = [...(watches.value ?? []), ...made];
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
