// Times and numbers as people read them. A unit always stands beside its number, behind a thin space.

const thin = "\u202f"; // narrow and never a line's end

/** Where a time of day is shown: in the browser's zone, or in UTC. */
export type Zone = "local" | "utc";

interface Parts {
  readonly day: string;
  readonly time: string;
  readonly ms: string;
}

function parts(at: Date, zone: Zone): Parts {
  // A date moved by its zone's distance from UTC reads in UTC as it does there.
  const moved = zone === "utc" ? at : new Date(at.getTime() - at.getTimezoneOffset() * 60_000);
  const text = moved.toISOString(); // 2026-03-09T08:05:07.042Z
  return { day: text.slice(0, 10), time: text.slice(11, 19), ms: text.slice(20, 23) };
}

/** clock is the time of day to the millisecond: 12:03:11.204. What is no time is "–". */
export function clock(time: string, zone: Zone): string {
  const at = new Date(time);
  if (Number.isNaN(at.getTime())) return "–";
  const p = parts(at, zone);
  return `${p.time}.${p.ms}`;
}

/** clockTime is the time of day to the second of a time in milliseconds, such as that of an answer. */
export function clockTime(ms: number, zone: Zone = "local"): string {
  return Number.isFinite(ms) ? parts(new Date(ms), zone).time : "–";
}

/** brief is the time of day to the second, with the day before it where that isn't today's. */
export function brief(time: string, zone: Zone, now: Date): string {
  const at = new Date(time);
  if (Number.isNaN(at.getTime())) return "–";
  const p = parts(at, zone);
  return p.day === parts(now, zone).day ? p.time : `${p.day} ${p.time}`;
}

/** both is a time in both zones, for a tooltip. */
export function both(time: string): string {
  const at = new Date(time);
  if (Number.isNaN(at.getTime())) return time;
  const [local, utc] = [parts(at, "local"), parts(at, "utc")];
  return `${local.day} ${local.time}.${local.ms} here · ${utc.day} ${utc.time}.${utc.ms} UTC`;
}

/** ago is how long something was before now, roughly: 12 s ago. Clocks that differ a little make it "now". */
export function ago(time: string, now: Date): string {
  const ms = now.getTime() - new Date(time).getTime();
  if (Number.isNaN(ms)) return "–";
  return ms < 1500 ? "now" : `${span(ms)} ago`;
}

/** span is a long time by its one or two greatest units, in milliseconds: 4 min, 2 h 5 min. */
export function span(ms: number): string {
  const s = Math.round(ms / 1000);
  if (ms < 9950) return `${(ms / 1000).toFixed(1)}${thin}s`;
  if (s < 60) return `${s}${thin}s`;
  const two = (n: number, of: number, unit: string, small: string) =>
    `${Math.floor(n / of)}${thin}${unit}` + (n % of > 0 ? ` ${n % of}${thin}${small}` : "");
  if (s < 600) return two(s, 60, "min", "s");
  if (s < 3600) return `${Math.round(s / 60)}${thin}min`;
  if (s < 86400) return two(Math.round(s / 60), 60, "h", "min");
  return two(Math.round(s / 3600), 24, "d", "h");
}

/** took is a duration of nanoseconds, with three digits at most: 312 µs, 1.8 ms, 8.1 s. */
export function took(ns: number): string {
  if (ns < 1000) return `${Math.round(ns)}${thin}ns`;
  for (const [unit, of] of [["µs", 1e3], ["ms", 1e6], ["s", 1e9]] as const) {
    const n = ns / of;
    if (n < 9.95) return `${n.toFixed(1)}${thin}${unit}`;
    if (n < 999.5) return `${Math.round(n)}${thin}${unit}`;
  }
  return span(ns / 1e6);
}

/** count writes a whole number with its digits in threes: 10 000. */
export function count(n: number): string {
  return String(Math.round(n)).replace(/\B(?=(\d{3})+$)/g, thin);
}

/** many is a number and its word, in the plural where it isn't one. */
export function many(n: number, one: string, more = one + "s"): string {
  return `${count(n)} ${n === 1 ? one : more}`;
}

/** rate is how often a second, or a minute where that would be less than one. */
export function rate(perSecond: number): string {
  if (perSecond === 0) return `0${thin}/s`;
  if (perSecond >= 9.95) return `${count(perSecond)}${thin}/s`;
  if (perSecond >= 1) return `${perSecond.toFixed(1)}${thin}/s`;
  const minute = perSecond * 60;
  return `${minute >= 9.95 ? count(minute) : minute.toFixed(1)}${thin}/min`;
}

/** size writes a number of bytes: 14.2 kB. */
export function size(bytes: number): string {
  if (bytes < 1000) return `${bytes}${thin}B`;
  const [n, unit] = bytes < 999_500 ? [bytes / 1e3, "kB"] : [bytes / 1e6, "MB"];
  return `${n < 99.95 ? n.toFixed(1) : count(n)}${thin}${unit}`;
}

/** share is a part of a whole in words that fit a small one: 1 in 90, 12 %. A whole of none has no share. */
export function share(part: number, whole: number): string {
  if (whole === 0) return "–";
  if (part === 0) return `0${thin}%`;
  const of = whole / part;
  return of >= 20 ? `1 in ${count(of)}` : `${count((100 * part) / whole)}${thin}%`;
}
