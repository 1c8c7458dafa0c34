import type { Explanation, Operand } from "../../api/api.gen";
import { Mark, type Outcome } from "../../parts/glyph";
import { took } from "../../parts/time";
import { address } from "../../state/route";

/** Rule is a rule of an explanation, with a sentence on its verdict where the dispatcher says one. */
export type Rule = Explanation["rules"][number] & { because?: string };

/** RuleRow is what one rule said of a message. */
export function RuleRow({ rule, x, at }: { rule: Rule; x: Explanation; at: number }) {
  const takes = rule.ref === x.processor && rule.outcome === "match";
  const of: Outcome = rule.methodAccepted ? rule.outcome : "not-tried";
  const said = takes
    ? "takes it"
    : !rule.methodAccepted
      ? "other methods"
      : { match: "would match", "no-match": "no", error: "failed", "not-tried": "not asked" }[rule.outcome];
  const near =
    rule.flips !== undefined && rule.outcome === "no-match"
      ? ` · ${rule.flips} part${rule.flips === 1 ? "" : "s"} away`
      : "";
  return (
    <tr>
      <td class="number">{at + 1}</td>
      <td>
        <a href={address("routes", [], { rule: rule.ref })}>
          <bdi>{rule.ref}</bdi>
        </a>
      </td>
      <td>
        <Mark of={of}>{" " + said}</Mark>
        {near}
      </td>
      <td>
        <bdi>{rule.error ? `${rule.error.name}: ${rule.error.message}` : (rule.because ?? "")}</bdi>
        {rule.operands.length === 0 ? null : <Parts operands={rule.operands} open={of === "error" || takes} />}
      </td>
      <td class="number c-took">
        {rule.outcome === "not-tried" || rule.durationNs === 0 ? "" : took(rule.durationNs)}
      </td>
    </tr>
  );
}

/** Parts lists what each part of a rule gave. */
function Parts({ operands, open }: { operands: readonly Operand[]; open: boolean }) {
  return (
    <details open={open && operands.length <= 6}>
      <summary>
        {operands.length} {operands.length === 1 ? "part" : "parts"}
      </summary>
      <ul class="gave">
        {operands.map((o, i) => (
          <li key={i}>
            <Mark of={o.threw ? "error" : !o.evaluated ? "not-tried" : o.truthy ? "match" : "no-match"} />{" "}
            <code>
              <bdi>{o.text}</bdi>
            </code>
            {o.threw ? (
              " threw"
            ) : !o.evaluated ? (
              <span class="muted"> not asked</span>
            ) : (
              <>
                {" "}
                gave{" "}
                <code class="value">
                  <bdi>{o.masked ? "***" : o.value || "nothing"}</bdi>
                </code>
              </>
            )}
          </li>
        ))}
      </ul>
    </details>
  );
}
