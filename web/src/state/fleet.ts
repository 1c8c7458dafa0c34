import { computed, effect, signal } from "@preact/signals";
import { call } from "../api/call";
import { poll } from "../api/poll";
import type { Fleet } from "../api/api.gen";
import { access } from "./session";

/** fleet is who there is beside this replica; null where that isn't known, or where it is on its own. */
export const fleet = signal<Fleet | null>(null);

/** several says whether there is more than one replica to tell apart. */
export const several = computed(() => (fleet.value?.replicas.length ?? 1) > 1);

/** joined says whether this replica can ask others. */
export const joined = computed(() => fleet.value !== null);

/** here is this replica's name; empty where it has none. */
export const here = computed(() => fleet.value?.replicas.find((r) => r.self)?.name ?? "");

/** scope is what calls take that ask all replicas, where there are others; else nothing. */
export const scope = (): { scope?: "fleet" } => (joined.value ? { scope: "fleet" } : {});

/** others are the replicas that run another configuration than this one. */
export const others = computed(() => {
  const all = fleet.value?.replicas ?? [];
  const own = all.find((r) => r.self)?.hash;
  return all.filter((r) => r.hash !== own);
});

let heard: () => void;
const known = new Promise<void>((resolve) => (heard = resolve));

/** whenKnown waits until it is clear whether there are others, which a list has to know before it asks. */
export const whenKnown = (life: AbortSignal): Promise<void> =>
  Promise.race([known, new Promise<void>((end) => life.addEventListener("abort", () => end(), { once: true }))]);

/** startFleet follows the fleet while the page is seen, until the signal ends it. One on its own is asked once. */
export function startFleet(life: AbortSignal): void {
  const stop = effect(() => {
    if (access.value.state !== "in") return;
    queueMicrotask(() => stop());
    const alone = new AbortController();
    life.addEventListener("abort", () => alone.abort());
    const ask = async (signal: AbortSignal): Promise<void> => {
      try {
        const got = await call<Fleet>("/fleet", { signal });
        fleet.value = got.joined ? got : null;
        if (!got.joined) alone.abort();
      } finally {
        heard();
      }
    };
    void poll(ask, 3_000, alone.signal);
  });
}
