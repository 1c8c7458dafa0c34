// What an operator should know of a rule, each with its reason and the next step.
import type { Rule } from "../api/api.gen";

/** Note is a remark on a rule: short for the table, and whole for who looks at the rule. */
export interface Note {
  readonly kind: "info" | "warning" | "error";
  readonly short: string;
  readonly long: string;
}

/** notes lists what there is to say on a rule, the worst first. */
export function notes(rule: Rule, over?: { ref: string; count: number; of: number }): Note[] {
  const found: Note[] = [];
  if (rule.lastError) {
    const onResponses = /requestUri|undefined \(reading/.test(rule.lastError.message);
    found.push({
      kind: "error",
      short: onResponses ? "throws on SIP responses" : "throws",
      long:
        `It failed last with: ${rule.lastError.message}. A rule that throws ends the message with INTERNAL, ` +
        "unless the configuration skips it. Open the message in the Playground: ?. reads a part that may be missing.",
    });
  }
  if (rule.unreachable.length > 0) {
    found.push({
      kind: "warning",
      short: "never reached",
      long:
        `Every message that it would take goes to ${rule.unreachable.join(", ")} above it. ` +
        "Move it up, or take it out.",
    });
  }
  for (const w of rule.warnings) {
    found.push({
      kind: "warning",
      short: shorten(w.message),
      long: `Line ${w.line}, column ${w.column}: ${w.message}`,
    });
  }
  if (over !== undefined) {
    found.push({
      kind: "info",
      short: `over ${over.ref}: ${over.count}`,
      long:
        `Of ${over.of} sampled messages it took ${over.count} that ${over.ref} would have taken, too. ` +
        "That is right where it is the narrower rule of the two.",
    });
  }
  if (rule.catchAll) {
    found.push({
      kind: "info",
      short: "catch-all",
      long: "It takes every message of its methods: rules below it get none of those.",
    });
  }
  if (!rule.compiled) {
    const reason = rule.reason;
    found.push({
      kind: "info",
      short: "engine",
      long: `It runs in the JavaScript engine, which takes longer${reason === "" ? "" : ": " + reason}.`,
    });
  }
  if (rule.indexedBy === "" && !rule.catchAll) {
    found.push({
      kind: "info",
      short: "not indexed",
      long: "It compares nothing with a fixed text, so it is asked for every message of its methods.",
    });
  }
  if (/authorization/.test(rule.matchFunc)) {
    found.push({
      kind: "info",
      short: "reads credentials",
      long: "It reads what is masked in recorded messages. The Playground says where its answer may differ for that.",
    });
  }
  return found;
}

const shorten = (text: string): string => (text.length > 28 ? text.slice(0, 27).trimEnd() + "…" : text);
