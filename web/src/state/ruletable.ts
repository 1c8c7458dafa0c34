import { signal } from "@preact/signals";
import { call, query } from "../api/call";
import type { Config } from "../api/api.gen";
import { asProblem, isAbort, type Problem } from "../api/problem";
import type { Rule, Rules } from "../api/rules";

/** Order is what the table is sorted by; the position is the order in which rules are asked. */
export type Order = "index" | "hits" | "errors" | "lastHit";

/** How many rules come at once. */
const page = 200;

/** RuleTable has the rules that were looked at so far, and asks for others when they come into view. */
export class RuleTable {
  /** Changes whenever rules came. */
  readonly version = signal(0);
  readonly problem = signal<Problem | null>(null);
  /** Whether the dispatcher tells hits and errors; undefined until it is known. */
  counted: boolean | undefined;
  total = 0;
  private readonly rules = new Map<number, Rule>();
  private readonly asked = new Set<number>();

  constructor(readonly q: string, readonly order: Order, private readonly life: AbortSignal) {}

  /** path is the call for the page that a row is on. */
  path(row = 0): string {
    const sort = this.order === "index" ? "index" : "-" + this.order;
    return query("/rules", { limit: page, offset: Math.floor(row / page) * page, q: this.q, sort });
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
      void this.ask(row);
    }
  }

  /** refresh asks again for what is there already: counters move. */
  async refresh(): Promise<void> {
    if (this.counted === true) await Promise.all([...this.asked].map((row) => this.ask(row)));
  }

  private async ask(row: number): Promise<void> {
    try {
      this.take(row, await this.fetch(row));
      this.problem.value = null;
    } catch (thrown) {
      this.asked.delete(row);
      if (!isAbort(thrown)) this.problem.value = asProblem(thrown);
    }
    this.version.value++;
  }

  private async fetch(row: number): Promise<Rules> {
    if (this.counted !== false) {
      try {
        const got = await call<Rules>(this.path(row), { signal: this.life });
        this.counted = true;
        return got;
      } catch (thrown) {
        if (isAbort(thrown) || asProblem(thrown).status !== 404) throw thrown;
        this.counted = false; // an older dispatcher: its configuration has the rules, and nothing on their hits
      }
    }
    return ofConfig(await call<Config>("/config", { signal: this.life }), this.q);
  }

  private take(row: number, got: Rules): void {
    this.total = got.total;
    got.rules.forEach((rule, i) => this.rules.set(row + i, rule));
  }
}

interface Processor {
  ref: string;
  methods?: string[];
  matchFunc?: string;
}

/** ofConfig makes the rules of a configuration, without what only a running table knows. */
export function ofConfig(config: Pick<Config, "config">, q: string): Rules {
  const spec = config.config["spec"] as { processors?: Processor[] } | undefined;
  const wanted = q.toLowerCase();
  const rules = (spec?.processors ?? [])
    .map((p, index) => ({ index, ref: p.ref, methods: p.methods ?? [], matchFunc: p.matchFunc ?? "" }))
    .filter((r) => [r.ref, r.matchFunc, ...r.methods].some((t) => t.toLowerCase().includes(wanted)));
  return { rules, total: rules.length };
}
