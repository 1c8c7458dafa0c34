// A watch that was set at each replica of a fleet is one to those who set it.
import type { Watch } from "./watches";

/** Group is what is watched for, at one replica or at several. */
export interface Group {
  readonly watches: readonly Watch[];
  readonly filter: Record<string, unknown>;
  /** When the last of them ends. */
  readonly until: string;
  readonly caught: number;
  /** None of them catches anything any more. */
  readonly ended: boolean;
}

/**
 * grouped makes one of the watches for the same at different replicas, the oldest first. Where one was set again and
 * again, the newest of each belong together, then those before.
 */
export function grouped(list: readonly Watch[]): Group[] {
  const found = new Map<string, Watch[]>();
  const met = new Map<string, number>();
  for (const w of [...list].reverse()) {
    const what = JSON.stringify(w.filter);
    const own = `${w.replica ?? w.id}\n${what}`;
    const nth = met.get(own) ?? 0;
    met.set(own, nth + 1);
    const key = w.replica === undefined ? w.id : `${nth}\n${what}`;
    found.set(key, [w, ...(found.get(key) ?? [])]);
  }
  return [...found.values()].reverse().map(group);
}

function group(watches: readonly Watch[]): Group {
  return {
    watches,
    filter: watches[0]?.filter ?? {},
    until: watches.map((w) => w.until).sort().at(-1) ?? "",
    caught: watches.reduce((n, w) => n + w.caught, 0),
    ended: watches.every((w) => w.ended),
  };
}
