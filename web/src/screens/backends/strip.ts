import type { Backend } from "../../api/api.gen";
import { many, span } from "../../parts/time";

/** Stretch is a time through which an instance was in one state, in milliseconds since 1970. */
export interface Stretch {
  /** The API's word, or unknown: the instance wasn't there yet, or what it was is forgotten. */
  readonly state: string;
  readonly from: number;
  readonly to: number;
  readonly reason: string;
}

/** Strip is how one instance was from a time on until now, without a gap. */
export interface Strip {
  readonly addr: string;
  readonly stretches: readonly Stretch[];
}

/** unknown is the state of an instance while nothing is known of it. */
const unknown = "unknown";

/** worded is a state as people read it. */
export const worded = (state: string): string => (state === unknown ? "not known" : state);

interface Event {
  readonly at: number;
  readonly state: string;
  readonly reason: string;
}

/**
 * strips says how each instance of a fleet was since a time, those that went since behind those that are there. The
 * fleet remembers its last 50 changes; since when an instance is as it is, it knows of each.
 */
export function strips(of: Pick<Backend, "instances" | "changes">, from: number, to: number): Strip[] {
  const byAddr = new Map<string, Event[]>(of.instances.map((i) => [i.addr, []]));
  for (const c of [...of.changes].reverse()) {
    const events = byAddr.get(c.instance) ?? [];
    byAddr.set(c.instance, events);
    events.push({ at: Date.parse(c.time), state: c.state, reason: c.reason ?? "" });
  }
  for (const i of of.instances) {
    const events = byAddr.get(i.addr) ?? [];
    const since = Date.parse(i.since ?? "") || events.at(-1)?.at || to;
    const before = events.filter((e) => e.at <= since);
    if (before.at(-1)?.at === since) before.pop(); // what began then is what it is now
    const state = i.state === "idle" ? "connecting" : i.state; // it lasts for a moment only, and is no change
    byAddr.set(i.addr, [...before, { at: since, state, reason: i.reason ?? "" }]);
  }
  const end = Math.max(to, ...[...byAddr.values()].flat().map((e) => e.at)); // their clock is finer than ours
  return [...byAddr]
    .map(([addr, events]) => ({ addr, stretches: stretches(events, Math.min(from, end), end) }))
    .filter((strip) => strip.stretches.some((s) => s.state !== "gone"));
}

function stretches(events: readonly Event[], from: number, to: number): Stretch[] {
  const before: Event = { at: -Infinity, state: unknown, reason: "" };
  const all = [before, ...events];
  const found = all.map(({ at, state, reason }, i) => {
    return { state, reason, from: Math.max(from, at), to: Math.min(to, all[i + 1]?.at ?? to) };
  });
  return found.filter((s, i) => s.to > from || i === found.length - 1); // one of less than a millisecond was there, too
}

/** changed is how often an instance changed its state in its strip. */
export const changed = (strip: Strip): string =>
  strip.stretches.length < 2 ? "no change" : many(strip.stretches.length - 1, "change");

const told = 6;

/** said is a strip in words: ready for 12 min, failing for 20 s. Of many states it has the last ones. */
export function said(strip: Strip): string {
  const all = strip.stretches;
  const left = all.length > told + 1 ? all.length - told : 0; // one more is as short as saying so
  const words = all.slice(left).map((s) => `${worded(s.state)} for ${span(s.to - s.from)}`);
  return (left > 0 ? `after ${many(left, "other state")}: ` : "") + words.join(", ");
}
