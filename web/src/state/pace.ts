// How often rules take messages: from their counters, as this page saw them move.
import type { Rule } from "../api/api.gen";

/** Seen is a counter at a time, in milliseconds. */
interface Seen {
  readonly at: number;
  readonly hits: number;
}

const minute = 60_000;
const mostRules = 10_000;

/** Pace keeps the last minute of rules' counters. One that began anew is another counter. */
export class Pace {
  private readonly seen = new Map<string, Seen[]>();

  /** note takes counters as they were at a time. */
  note(rules: readonly Rule[], at: number): void {
    if (this.seen.size > mostRules) this.seen.clear();
    for (const rule of rules) {
      const list = this.seen.get(key(rule)) ?? [];
      const last = list.at(-1);
      if (last !== undefined && at <= last.at) continue;
      // The last one that is older than a minute stays: the minute begins with it.
      while (list[1] !== undefined && at - list[1].at >= minute) list.shift();
      list.push({ at, hits: rule.hits });
      this.seen.set(key(rule), list);
    }
  }

  /** perMinute is how often a rule takes a message; undefined until its counter was seen twice. */
  perMinute(rule: Rule): number | undefined {
    const list = this.seen.get(key(rule)) ?? [];
    const [first, last] = [list[0], list.at(-1)];
    if (first === undefined || last === undefined || first === last) return undefined;
    return Math.max(0, ((last.hits - first.hits) * minute) / (last.at - first.at));
  }

  /** steps are the messages that a rule took between one look and the next, the oldest first. */
  steps(rule: Rule): number[] {
    const list = this.seen.get(key(rule)) ?? [];
    return list.slice(1).map((s, i) => Math.max(0, s.hits - (list[i]?.hits ?? 0)));
  }

  /** clear forgets everything. */
  clear(): void {
    this.seen.clear();
  }
}

const key = (rule: Rule): string => rule.ref + "\n" + rule.since;
