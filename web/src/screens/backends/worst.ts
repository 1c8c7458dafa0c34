import type { Backend, Backends } from "../../api/api.gen";
import { query } from "../../api/call";
import { useLoad, type Loaded } from "../../state/load";

const page = 80; // of them, with their instances, are some 90 kB
const every = 2_000; // milliseconds

interface Worst {
  /** The first page, which says how many there are. */
  loaded: Loaded<Backends>;
  /** The first ones, and where there are more, those that are down or degraded, and the one that is looked at. */
  list: readonly Backend[];
}

/** useWorst asks for the backends that one wants to see, a bounded part of what may be ten thousand. */
export function useWorst(q: string, chosen: string): Worst {
  const loaded = useLoad<Backends>(query("/backends", { limit: page, q }), { every });
  const first = loaded.data.value?.backends ?? [];
  const more = (loaded.data.value?.total ?? 0) > first.length;
  const down = useLoad<Backends>(more ? query("/backends", { limit: page, q, state: "down" }) : null, { every });
  const unwell = more ? query("/backends", { limit: page, q, state: "degraded" }) : null;
  const degraded = useLoad<Backends>(unwell, { every });
  const missing = more && chosen !== "" && !first.some((b) => b.ref === chosen);
  const one = useLoad<Backends>(missing ? query("/backends", { limit: page, q: chosen }) : null, { every });
  const found = (one.data.value?.backends ?? []).filter((b) => b.ref === chosen);
  const others = more ? [...(down.data.value?.backends ?? []), ...(degraded.data.value?.backends ?? [])] : [];
  const all = new Map([...first, ...others, ...found].map((b) => [b.role + b.ref, b as Backend]));
  return { loaded, list: [...all.values()] };
}
