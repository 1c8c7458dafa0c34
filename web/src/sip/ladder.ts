// A call as a picture: who is in it, one line a message, and how long nothing happened.
import type { Entry } from "../api/entry";

/** Party is a column of the ladder behind the dispatcher: a middleware or an instance of a processor. */
export interface Party {
  readonly ref: string;
  readonly addr: string;
  readonly role: "processor" | "middleware";
}

/** Hop is a call that the dispatcher made for a message. */
export interface Hop {
  readonly party: number;
  readonly code: string;
  readonly durationNs: number;
  readonly attempts: number;
  readonly skipped: boolean;
}

/** Line is a message, or a pause in which there was none. */
export type Line =
  | { readonly entry: Entry; readonly offset: number; readonly hops: readonly Hop[]; readonly repeats: string }
  | { readonly entry?: undefined; readonly pause: number; readonly resembles: string };

/** Ladder is what is drawn of one call or several. */
export interface Ladder {
  readonly edgePorts: readonly string[];
  readonly parties: readonly Party[];
  readonly lines: readonly Line[];
}

const worthShowing = 500; // milliseconds without a message

// SIP's timers, in milliseconds (RFC 3261, table 4, with T1 = 500 ms).
const timers: readonly (readonly [number, string])[] = [
  [32_000, "64×T1: Timer B of an INVITE, Timer F of the others"],
  [4_000, "T2: the longest wait before something is sent again"],
  [180_000, "Timer C: a proxy gives a ringing call up"],
];

/** resembles names the SIP timer that a pause is about as long as; empty for none. */
export function resembles(ms: number): string {
  return timers.find(([at]) => Math.abs(ms - at) <= at * 0.04)?.[1] ?? "";
}

/** ladder draws decisions, in whatever order they come, from the first to the last. */
export function ladder(decisions: readonly Entry[]): Ladder {
  const sorted = [...decisions].sort((a, b) => a.time.localeCompare(b.time) || a.id.localeCompare(b.id));
  const parties = partiesOf(sorted);
  const places = parties.map(key);
  const lines: Line[] = [];
  const seen = new Map<string, Entry>(); // by transaction, for what was sent again
  const start = Date.parse(sorted[0]?.time ?? "");
  let before = start;
  for (const entry of sorted) {
    const at = Date.parse(entry.time);
    if (at - before > worthShowing) lines.push({ pause: at - before, resembles: resembles(at - before) });
    before = at;
    const hops = entry.calls.map((c) => ({
      party: places.indexOf(key(c)),
      code: c.code,
      durationNs: c.durationNs,
      attempts: c.attempts,
      skipped: c.skipped,
    }));
    lines.push({ entry, offset: at - start, hops, repeats: repeats(seen, entry) });
  }
  return { edgePorts: [...new Set(sorted.map((e) => e.edgePort))], parties, lines };
}

const key = (p: { ref: string; addr: string }): string => p.ref + "\n" + p.addr;

// partiesOf lists who was called: middlewares before the processor, processors, and middlewares behind it.
function partiesOf(entries: readonly Entry[]): Party[] {
  const found = new Map<string, { party: Party; place: number }>();
  for (const e of entries) {
    const processor = e.calls.findIndex((c) => c.role === "processor");
    e.calls.forEach((c, i) => {
      const place = processor < 0 ? 0 : Math.sign(i - processor);
      const known = found.get(key(c));
      if (known === undefined || place > known.place) {
        found.set(key(c), {
          party: { ref: c.ref, addr: c.addr, role: c.role },
          place: c.role === "processor" ? 0.5 : place,
        });
      }
    });
  }
  return [...found.values()].sort((a, b) => a.place - b.place).map((f) => f.party);
}

// repeats says of what a message is a retransmission; empty where it isn't one, as far as is known.
function repeats(seen: Map<string, Entry>, e: Entry): string {
  if (!e.shared) {
    if (e.branch) seen.set(`${e.branch} ${e.method} ${e.kind}`, e);
    return "";
  }
  const first = seen.get(`${e.branch ?? ""} ${e.method} ${e.kind}`);
  if (first === undefined) return "sent again";
  return `sent again after ${Date.parse(e.time) - Date.parse(first.time)} ms`;
}
