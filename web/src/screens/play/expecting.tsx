import type { Signal } from "@preact/signals";
import * as play from "./state";
import type { Expected } from "./testfile";
import { ruleRef, winnerNow } from "./winner";

/** kinds are what a test can expect: where the message goes, by way of whom, and what the rule in the editor says. */
export const kinds = ["goes", "plan", "rule"] as const;
export type Expectable = (typeof kinds)[number];

/** expectable is what the rules answer now, for each kind that a test of this message can expect. */
export function expectable(): Partial<Record<Expectable, Expected>> & { goes: Expected } {
  const answer = play.table.value?.explanation;
  const winner = answer === undefined ? null : winnerNow(answer);
  const failed = answer?.rule?.with?.code ?? answer?.code ?? "NOT_FOUND";
  const goes = winner === null ? { code: failed } : { processor: winner };
  const plan = answer?.plan.map((p) => p.ref) ?? [];
  const outcome = play.verdict.value?.result.outcome;
  return {
    goes,
    ...(plan.length > 0 && winner === answer?.selected ? { plan: { plan } } : {}),
    ...(ruleRef() !== "" && outcome !== undefined ? { rule: { rules: { [ruleRef()]: outcome } } } : {}),
  };
}

/** Ticks choose what is expected. */
export function Ticks({ all, ticked }: { all: ReturnType<typeof expectable>; ticked: Signal<Set<Expectable>> }) {
  const said: Record<Expectable, string> = {
    goes: all.goes.processor === undefined ? "no processor takes it" : "it goes to " + all.goes.processor,
    plan: "by way of " + (all.plan?.plan ?? []).join(" · "),
    rule: Object.entries(all.rule?.rules ?? {})
      .map(([ref, outcome]) => "the rule " + ref + " answers " + outcome)
      .join(),
  };
  const turn = (kind: Expectable): void => {
    const next = new Set(ticked.value);
    if (!next.delete(kind)) next.add(kind);
    ticked.value = next;
  };
  return (
    <fieldset class="expected">
      <legend>It expects</legend>
      {kinds
        .filter((kind) => all[kind] !== undefined)
        .map((kind) => (
          <label class="check" key={kind}>
            <input type="checkbox" checked={ticked.value.has(kind)} onChange={() => turn(kind)} />{" "}
            <bdi>{said[kind]}</bdi>
          </label>
        ))}
    </fieldset>
  );
}
