import type { Explanation } from "../../api/api.gen";
import * as play from "./state";

/** newRule is the ref of a rule in the editor that is none of those that run, until somebody gives it another. */
export const newRule = "new-rule";

/** newAddr stands for where a new rule's processor listens, until somebody gives it another. */
export const newAddr = "127.0.0.1:50051";

/** ruleRef is the processor whose rule is in the editor; empty where it is a new one. */
export function ruleRef(): string {
  const spot = play.spot.value;
  return spot !== null && "replace" in spot ? spot.replace : "";
}

/** isOther reports whether the rule in the editor is another than what runs. */
export const isOther = (): boolean => ruleRef() === "" || play.source.value !== play.original.value;

/** editedRef is the processor whose rule stands changed in the editor; empty where none does. */
export const editedRef = (): string => (isOther() ? ruleRef() : "");

/** winnerNow is the ref of the rule that takes the message, with the one in the editor in its place; null for none. */
export function winnerNow(answer: Explanation): string | null {
  const then = answer.rule?.with;
  if (then === undefined) return answer.selected;
  if (then.takes) return then.processor === "" ? newRule : then.processor;
  return then.processor === "" ? null : then.processor;
}

/** Answered is what is shown of a rule's answer. */
export type Answered = Pick<
  Explanation["rules"][number],
  "ref" | "index" | "methodAccepted" | "outcome" | "reached" | "because" | "flips"
>;

/** withEdited has the rule in the editor at its place, where the answer about a long table doesn't tell of it. */
export function withEdited(answer: Explanation): readonly Answered[] {
  const [own, place] = [answer.rule, play.place.value];
  const missing = own !== undefined && place?.ref === ruleRef() && place.epoch === answer.epoch &&
    !answer.rules.some((r) => r.ref === place.ref);
  if (!missing) return answer.rules;
  const { methodAccepted, outcome, because } = own;
  const { ref, index } = place;
  const rule = { ref, index, reached: own.with?.reached ?? true, methodAccepted, outcome, because };
  return [...answer.rules, rule].sort((a, b) => (a.index ?? 0) - (b.index ?? 0));
}

/** isBehind reports whether a rule is not asked as the search has ended, with the one in the editor in its place. */
export function isBehind(rule: Answered, answer: Explanation, winner: string | null): boolean {
  const index = rule.index ?? 0;
  const then = answer.rule?.with;
  if (then === undefined || !isOther())
    return rule.reached === false || (answer.selectedIndex != null && index > answer.selectedIndex);
  const rules = withEdited(answer);
  const spot = play.spot.value;
  const at = (ref: string): number => rules.find((r) => r.ref === ref)?.index ?? Infinity;
  if (winner === newRule) return spot !== null && "before" in spot && index >= at(spot.before);
  if (winner !== null) return index > at(winner);
  const throws = (r: Answered): boolean =>
    r.methodAccepted && (r.ref === editedRef() ? answer.rule?.outcome : r.outcome) === "error";
  return then.code !== "NOT_FOUND" && index > (rules.find(throws)?.index ?? Infinity);
}
