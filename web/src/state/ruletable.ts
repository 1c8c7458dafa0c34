import { signal } from "@preact/signals";
import { call, query } from "../api/call";
import { now } from "../api/clock";
import { asProblem, isAbort, type Problem } from "../api/problem";
import type { Rule, Rules, Unanswered } from "../api/api.gen";
import { fleet, scope } from "./fleet";
import { Pace } from "./pace";
import { onForget } from "./session";

/** Order is what the table is sorted by; the position is the order in which rules are asked. */
export type Order = "index" | "hits" | "errors" | "lastHit";

/** How many rules come at once. */
const page = 200;

/** pace is how often rules take messages, whatever the table is sorted by. */
export const pace = new Pace();
onForget(() => pace.clear());

/** RuleTable has the rules that were looked at so far, and asks for others when they come into view. */
export class RuleTable {
  /** Changes whenever rules came. */
  readonly version = signal(0);
  readonly problem = signal<Problem | null>(null);
  total = 0;
  /** When rules came last, in milliseconds; 0 where none have. */
  told = 0;
  /** Messages since the start of the epoch that no rule took. */
  unrouted = 0;
  /** Replicas whose hits aren't among them, and why. */
  unanswered: readonly Unanswered[] = [];
  private readonly rules = new Map<number, Rule>();
  private readonly asked = new Set([0]);

  constructor(readonly q: string, readonly order: Order, private readonly life: AbortSignal) {}

  /** path is the call for the page that a row is on. */
  path(row = 0): string {
    const sort = this.order === "index" ? "index" : "-" + this.order;
    return query("/rules", { limit: page, offset: Math.floor(row / page) * page, q: this.q, sort, ...scope() });
  }

  at(row: number): Rule | undefined {
    return this.rules.get(row);
  }

  find(ref: string): Rule | undefined {
    return [...this.rules.values()].find((r) => r.ref === ref);
  }

  /** need asks for the pages that these rows are on, each once. */
  need(first: number, last: number): void {
    for (let row = Math.floor(first / page) * page; row <= last; row += page) {
      if (this.asked.has(row) || (row > 0 && row >= this.total)) continue;
      this.asked.add(row);
      this.ask(row).catch(() => undefined); // it is in problem, and asked again
    }
  }

  /** refresh asks for all that is looked at: counters move. It throws the Problem where it can't. */
  async refresh(): Promise<void> {
    await Promise.all([...this.asked].map((row) => this.ask(row)));
  }

  private async ask(row: number): Promise<void> {
    try {
      this.take(row, await call<Rules>(this.path(row), { signal: this.life }));
      this.problem.value = null;
    } catch (thrown) {
      if (!isAbort(thrown)) this.problem.value = asProblem(thrown);
      throw thrown;
    } finally {
      this.version.value++;
    }
  }

  private take(row: number, got: Rules): void {
    this.total = got.total;
    this.unrouted = got.unrouted;
    this.unanswered = got.unanswered ?? [];
    countedBy(this.unanswered);
    this.told = now();
    pace.note(got.rules, this.told);
    got.rules.forEach((rule, i) => this.rules.set(row + i, rule));
  }
}

let counters = "";

/** countedBy begins the pace anew where hits are the sum of other replicas than before: it would jump. */
function countedBy(missing: readonly Unanswered[]): void {
  const silent = new Set(missing.map((m) => m.replica));
  const by = (fleet.peek()?.replicas ?? []).filter((r) => !silent.has(r.name)).map((r) => r.bootId).join();
  if (by !== counters) pace.clear();
  counters = by;
}
