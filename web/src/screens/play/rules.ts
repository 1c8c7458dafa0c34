import { batch } from "@preact/signals";
import type { Config } from "../../api/api.gen";
import { call } from "../../api/call";
import * as play from "./state";

/** Rule is a processor's rule as it runs. */
export interface Rule {
  readonly ref: string;
  readonly methods: readonly string[];
  readonly matchFunc: string;
}

interface Written {
  ref?: string;
  methods?: string[];
  matchFunc?: string;
}

/** running lists the rules that run, in order. */
export async function running(): Promise<Rule[]> {
  const { config } = await call<Config>("/config");
  const spec = config["spec"] as { processors?: Written[] } | undefined;
  return (spec?.processors ?? []).map((p) => ({
    ref: p.ref ?? "",
    methods: p.methods ?? [],
    matchFunc: p.matchFunc ?? "",
  }));
}

/** open puts a rule that runs into the editor. */
export function open(rule: Rule): void {
  batch(() => {
    play.source.value = play.original.value = rule.matchFunc;
    play.methods.value = rule.methods;
    play.spot.value = { replace: rule.ref };
  });
}
