import type { Explanation } from "../../api/api.gen";
import * as play from "./state";
import { methodOf } from "./verdict";

/** editedRef is the processor whose rule stands changed in the editor; empty where none does. */
export function editedRef(): string {
  const spot = play.spot.value;
  return spot !== null && "replace" in spot && play.source.value !== play.original.value ? spot.replace : "";
}

/** winnerNow is the ref of the rule that takes the message, the edited rule in its place; null where none does. */
export function winnerNow(answer: Explanation): string | null {
  const edited = editedRef();
  const v = play.verdict.value;
  if (edited === "" || v === null || !play.current.value) return answer.selected;
  for (const r of answer.rules) {
    const asked = r.ref === edited ? play.takes(methodOf(v.subject.json)) : r.methodAccepted;
    const outcome = r.ref === edited ? v.result.outcome : r.outcome;
    if (asked && outcome === "match") return r.ref;
    if (asked && outcome === "error") return null;
  }
  return null;
}
