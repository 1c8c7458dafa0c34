import type { Draft } from "../../api/api.gen";
import { CopyCurl } from "../../parts/copy";
import { glyph, type Outcome } from "../../parts/glyph";
import { Waiting } from "../../parts/panel";
import { ProblemView } from "../../parts/problem";
import { took } from "../../parts/time";
import { useRoom } from "../../state/room";
import * as play from "./state";
import { explanation, tryAgain } from "./trying";

const words: Record<Outcome, string> = {
  match: "MATCH",
  "no-match": "NO MATCH",
  error: "THREW",
  "not-tried": "NOT ASKED",
};

/** Verdict says whether the rule takes the message, why, and where that may not be what traffic would get. */
export function VerdictBar() {
  const v = play.verdict.value;
  const problem = play.verdictProblem.value;
  const old = v !== null && !play.current.value;
  const method = methodOf(v?.subject.json);
  const room = useRoom("verdict", v !== null && problem === null, 0);
  return (
    <section class="verdict" aria-label="Verdict" aria-busy={play.trying.value} {...room}>
      {problem !== null ? <ProblemView problem={problem} again={problem.passing ? tryAgain : undefined} /> : null}
      {v === null ? (
        problem !== null ? null : play.trying.value ? (
          <Waiting method="POST" path="/route/explain" lines={1} again={tryAgain} />
        ) : (
          <p class="muted">Write a rule and choose a message: the verdict stands here.</p>
        )
      ) : (
        <div class={old && problem !== null ? "stale-verdict" : undefined}>
          <p class="said">
            <span class={"mark big " + v.result.outcome}>
              <span aria-hidden="true">{glyph(v.result.outcome)}</span> {words[v.result.outcome]}
            </span>
            <span class="why">
              <bdi>{why(v.result)}</bdi>
            </span>
            <span class="muted small">
              {v.result.value === null ? "" : "returned " + brief(v.result.value) + " · "}
              {took(v.result.durationNs)}
            </span>
            <CopyCurl path="/route/explain" options={{ method: "POST", body: explanation(v.subject, v.source) }} />
          </p>
          {old && problem !== null ? (
            <p class="muted">{problem.passing ? "This verdict is old." : "Of the last version that loads."}</p>
          ) : null}
          {!play.takes(method) ? (
            <p class="doubt">
              ⚠ The rule isn't asked about a {method}: it takes {play.methods.value.join(", ")}. Its condition alone
              answers as above.
            </p>
          ) : null}
          {doubts().map((d) => (
            <p class="doubt" key={d}>
              ⚠ <bdi>{d}</bdi>
            </p>
          ))}
        </div>
      )}
    </section>
  );
}

function why(result: Draft): string {
  if (result.because !== "") return result.because + ".";
  if (result.error === null) return "";
  const { name, message, line, column } = result.error;
  return name + ": " + message + (line > 0 ? " (line " + line + ", column " + column + ")" : "");
}

const brief = (json: string): string => (json.length > 60 ? json.slice(0, 60) + "…" : json);

/** methodOf is the message's method as rules see it. */
export const methodOf = (json: Record<string, unknown> | null | undefined): string =>
  typeof json?.["method"] === "string" ? json["method"] : "UNKNOWN";

/** doubts are the reasons for which traffic may answer otherwise. */
function doubts(): string[] {
  const v = play.verdict.value;
  if (v === null) return [];
  const found: string[] = [];
  for (const { paths } of v.result.maskedReads ?? []) {
    found.push(
      "The rule reads what is masked here (" +
        paths.join(", ") +
        "): on the message as it was sent it may answer otherwise.",
    );
  }
  const t = play.table.value?.explanation;
  const fate = t?.edgePort;
  if (fate !== undefined && fate.outcome !== "converted")
    found.push("An EdgePort wouldn't hand this message on: " + fate.reason);
  if (t?.of !== undefined)
    found.push(
      "The rules of epoch " +
        t.of +
        " decided this message and aren't kept any more: epoch " +
        (t.epoch ?? "–") +
        " explains.",
    );
  else if (t?.now !== undefined) {
    found.push(
      "Epoch " +
        (t.epoch ?? "–") +
        " decided this message. By epoch " +
        t.now.epoch +
        ", which runs, it goes to " +
        (t.now.selected ?? "nobody (" + t.now.code + ")") +
        ".",
    );
  }
  return found;
}
