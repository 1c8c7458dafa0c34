import { batch } from "@preact/signals";
import type { Rules } from "../../api/api.gen";
import { call, query } from "../../api/call";
import * as play from "./state";

/** Rule is a processor's rule as it runs. */
export interface Rule {
  readonly ref: string;
  readonly methods: readonly string[];
  readonly matchFunc: string;
}

/** running lists the first rules that run whose ref or text has a part, in order. */
export async function running(part = ""): Promise<readonly Rule[]> {
  return (await call<Rules>(query("/rules", { limit: 200, q: part }))).rules;
}

/** open puts a rule that runs into the editor. */
export function open(rule: Rule): void {
  batch(() => {
    play.source.value = play.original.value = rule.matchFunc;
    play.methods.value = rule.methods;
    play.spot.value = { replace: rule.ref };
  });
}
