import { batch } from "@preact/signals";
import type { Rules } from "../../api/api.gen";
import { call, query } from "../../api/call";
import * as play from "./state";

/** Rule is a processor's rule as it runs. */
export interface Rule {
  readonly ref: string;
  readonly methods: readonly string[];
  readonly matchFunc: string;
  /** Its position, from 0, in the configuration of an epoch. */
  readonly index: number;
  readonly epoch: number;
}

const page = 200;

async function some(q: string, offset: number): Promise<{ rules: readonly Rule[]; total: number }> {
  const { epoch, rules, total } = await call<Rules>(query("/rules", { limit: page, offset, q }));
  return { rules: rules.map((r) => ({ ...r, epoch })), total };
}

/** running lists the first rules that run whose ref or text has a part, in order. */
export const running = async (part = ""): Promise<readonly Rule[]> => (await some(part, 0)).rules;

/** ruleOf is the rule of one processor; undefined where there is none. */
export async function ruleOf(ref: string): Promise<Rule | undefined> {
  for (let offset = 0; ; offset += page) {
    const { rules, total } = await some(ref, offset);
    const found = rules.find((r) => r.ref === ref);
    if (found !== undefined || offset + page >= total) return found;
  }
}

/** open puts a rule that runs into the editor. */
export function open(rule: Rule): void {
  batch(() => {
    play.source.value = play.original.value = rule.matchFunc;
    play.methods.value = rule.methods;
    play.spot.value = { replace: rule.ref };
    play.place.value = rule;
  });
}
