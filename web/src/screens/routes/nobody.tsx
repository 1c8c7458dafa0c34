import { now } from "../../api/clock";
import type { Failures } from "../../api/api.gen";
import { Mark } from "../../parts/glyph";
import { OnlyHere } from "../../parts/onlyhere";
import { Panel } from "../../parts/panel";
import { ago, count, many, rate } from "../../parts/time";
import { isNobodys, spark, type Cause } from "../../state/failures";
import { several } from "../../state/fleet";
import { useLoad } from "../../state/load";
import { address } from "../../state/route";

const longest = 15 * 60; // seconds that the causes are of
const mostShown = 24;

/**
 * Nobody is the last rule of every table: what no rule takes, by method. It is the most useful one. The dispatcher
 * counts these messages, whether it keeps them or not.
 */
export function Nobody({ unrouted }: { unrouted: number }) {
  const loaded = useLoad<Failures>("/failures?window=15m", { every: 5000 });
  const aside = (
    <span class="muted">
      {many(unrouted, "message")} since this configuration runs{several.value ? ", at all replicas" : ""}
    </span>
  );
  return (
    <Panel title="∅ What no rule takes" loaded={loaded} aside={aside}>
      {({ failures }) => {
        const causes = failures.filter(isNobodys);
        if (causes.length === 0) {
          return (
            <p class="muted">
              No message of the last 15 minutes went without a rule. <OnlyHere />
            </p>
          );
        }
        return (
          <>
            <OnlyHere />
            <div class="groups">
              {causes.slice(0, mostShown).map((c) => <Group key={c.kind + c.method} cause={c} />)}
            </div>
            {causes.length > mostShown ? (
              <p class="muted">{many(causes.length - mostShown, "rarer method")} were left out.</p>
            ) : null}
          </>
        );
      }}
    </Panel>
  );
}

// perSecond is how often since it began, over a minute at least: one message is no rate.
function perSecond(c: Cause): number {
  return c.count / Math.min(longest, Math.max(60, (now() - Date.parse(c.first)) / 1000));
}

function Group({ cause: c }: { cause: Cause }) {
  const filter = { tab: "messages", processor: "-", method: c.method, kind: c.kind };
  return (
    <div class="group">
      <span>
        <Mark of="no-match" />{" "}
        <strong>
          <bdi>{c.kind === "response" ? `responses to ${c.method}` : c.method}</bdi>
        </strong>
      </span>
      <span class="rate">{rate(perSecond(c))}</span>
      <span class="mono pace" aria-hidden="true">{spark(c.counts, 15)}</span>
      <span class="muted">
        {count(c.count)} in 15 min, {ago(c.last, new Date(now()))}
      </span>
      <span class="links">
        {c.example === null ? null : (
          <>
            <a href={address("play", [], { decision: c.example })}>Make a rule of one</a> ·{" "}
          </>
        )}
        <a href={address("decisions", [], filter)}>Show those that are kept</a>
      </span>
    </div>
  );
}
