import type { Explanation } from "../../api/api.gen";
import { CopyCurl } from "../../parts/copy";
import { glyph, type Outcome } from "../../parts/glyph";
import { Waiting } from "../../parts/panel";
import { ProblemView } from "../../parts/problem";
import { count, many } from "../../parts/time";
import { Others } from "./others";
import { open, ruleOf } from "./rules";
import { useRoom } from "../../state/room";
import { beginAgain } from "./begin";
import * as play from "./state";
import { tryAgain } from "./trying";
import { editedRef, isBehind, ruleRef, winnerNow, withEdited, type Answered } from "./winner";

/** Table shows what every rule says to the message, with the edited one in its place. */
export function Table() {
  const t = play.table.value;
  const problem = play.tableProblem.value;
  const room = useRoom("all rules", t !== null && problem === null);
  return (
    <section class="panel" aria-label="All rules on this message" {...room}>
      <header>
        <h2>All rules on this message</h2>
        {t?.explanation.epoch === undefined ? null : <span class="muted small">epoch {t.explanation.epoch}</span>}
        <span class="tools">
          {t === null ? null : <CopyCurl path="/route/explain" options={{ method: "POST", body: t.body }} />}
        </span>
      </header>
      {problem === null ? null : <ProblemView problem={problem} again={tryAgain} />}
      {t === null ? (
        problem === null ? (
          play.subject.value === null ? (
            <Waiting path="the message" again={beginAgain} />
          ) : (
            <Waiting method="POST" path="/route/explain" again={tryAgain} />
          )
        ) : null
      ) : (
        <Rows answer={t.explanation} />
      )}
    </section>
  );
}

function Rows({ answer }: { answer: Explanation }) {
  const winner = winnerNow(answer);
  return (
    <div>
      <Sentence answer={answer} winner={winner} />
      <table class="rules">
        <tbody>
          {withEdited(answer).map((r) => (
            <Row key={(r.index ?? 0) + r.ref} rule={r} winner={winner} answer={answer} />
          ))}
        </tbody>
      </table>
      <Others answer={answer} />
    </div>
  );
}

function Sentence({ answer, winner }: { answer: Explanation; winner: string | null }) {
  const path = answer.plan.map((p) => p.ref).join(" · ");
  if (winner !== answer.selected) {
    return (
      <p>
        With the {ruleRef() === "" ? "new" : "edited"} rule it goes to{" "}
        <b>
          <bdi>{winner ?? "nobody"}</bdi>
        </b>
        ; as it runs, to <bdi>{answer.selected ?? "nobody (" + answer.code + ")"}</bdi>.
      </p>
    );
  }
  if (answer.selected === null) return <Nobody answer={answer} />;
  return (
    <p>
      It goes to{" "}
      <b>
        <bdi>{answer.selected}</bdi>
      </b>
      {path === "" || path === answer.selected ? "" : ", by way of "}
      {path === answer.selected ? "" : <bdi>{path}</bdi>}.
    </p>
  );
}

/** Nobody says why a message goes nowhere: a rule that throws ends the search, and the message. */
function Nobody({ answer }: { answer: Explanation }) {
  const failed = answer.rules.find((r) => r.methodAccepted && r.outcome === "error");
  if (failed === undefined || answer.code !== "INTERNAL")
    return (
      <p>
        No rule takes it<bdi>{answer.code === "NOT_FOUND" ? "" : ": " + (answer.error ?? answer.code)}</bdi>.
      </p>
    );
  return (
    <p>
      It goes to nobody: rule{" "}
      <b>
        <bdi>{failed.ref}</bdi>
      </b>{" "}
      throws, and no rule behind it is asked.
    </p>
  );
}

const words: Record<Outcome, string> = {
  match: "would match", "no-match": "no match", error: "throws", "not-tried": "not asked",
};

function Row({ rule, winner, answer }: { rule: Answered; winner: string | null; answer: Explanation }) {
  const edited = rule.ref === editedRef() && play.current.value;
  const outcome = edited ? (play.verdict.value?.result.outcome ?? rule.outcome) : rule.outcome;
  const behind = isBehind(rule, answer, winner);
  const pick = (): void =>
    void ruleOf(rule.ref).then(
      (r) => r !== undefined && open(r),
      () => undefined,
    );
  return (
    <tr class={rule.ref === winner ? "winner" : undefined}>
      <td class="number muted">{rule.index === undefined ? "" : count(rule.index + 1)}</td>
      <td>
        <button type="button" class="link" onClick={pick} title="Open this rule in the editor">
          <bdi>{rule.ref}</bdi>
        </button>
        {edited ? " ✎" : ""}
      </td>
      <td>
        <span class={"mark " + outcome}>
          <span aria-hidden="true">{glyph(outcome)} </span>
          {rule.methodAccepted ? (rule.ref === winner ? "takes it" : words[outcome]) : "other methods"}
        </span>
        {behind && rule.methodAccepted ? (
          <span class="muted small"> {winner === null ? "but isn't asked" : "behind the winner"}</span>
        ) : null}
      </td>
      <td class="muted">
        <bdi>{edited ? "" : said(rule)}</bdi>
      </td>
    </tr>
  );
}

function said(rule: Answered): string {
  const near = rule.flips !== undefined && rule.flips > 0 ? many(rule.flips, "part") + " away" : "";
  return [rule.because, near].filter((s) => s !== "").join(" · ");
}
