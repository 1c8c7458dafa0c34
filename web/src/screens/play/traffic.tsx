import type { Tried } from "../../api/api.gen";
import { now } from "../../api/clock";
import { CopyCurl } from "../../parts/copy";
import { OnlyHere } from "../../parts/onlyhere";
import { Waiting } from "../../parts/panel";
import { ProblemView } from "../../parts/problem";
import { many, span } from "../../parts/time";
import { Numbers } from "./numbers";
import { useRoom } from "../../state/room";
import * as play from "./state";
import { statistics, tryTrafficNow } from "./trying";

/** Traffic shows what the rule does to messages that were recorded. */
export function Traffic() {
  const t = play.tried.value;
  const problem = play.triedProblem.value;
  const source = play.source.value;
  const old = t !== null && t.source !== source;
  const room = useRoom("traffic", t !== null && problem === null);
  return (
    <section class="panel" aria-label="This rule on recorded messages" {...room}>
      <header>
        <h2>On recorded messages</h2>
        {t === null ? null : <span class="muted small">{covers(t.tried)}</span>}
        <OnlyHere />
        <span class="tools">
          <button type="button" class="quiet" onClick={tryTrafficNow} title="Ctrl-Enter">
            Try
          </button>
          <CopyCurl path="/rules/evaluate" options={{ method: "POST", body: statistics(source) }} />
        </span>
      </header>
      {problem === null ? null : <ProblemView problem={problem} again={tryTrafficNow} />}
      {t === null ? (
        problem === null ? (
          <Waiting method="POST" path="/rules/evaluate" again={tryTrafficNow} />
        ) : null
      ) : (
        <div class={old ? "stale" : undefined}>
          {old ? <p class="muted">Of the last version that was tried.</p> : null}
          <Numbers tried={t.tried} />
        </div>
      )}
    </section>
  );
}

function covers(t: Tried): string {
  if (t.oldest === undefined) return "none are kept";
  return "the last " + many(t.tried, "message") + ", " + span(now() - Date.parse(t.oldest));
}
