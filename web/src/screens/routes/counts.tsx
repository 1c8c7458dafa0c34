import type { Backends, Rule } from "../../api/api.gen";
import { query } from "../../api/call";
import { Mark } from "../../parts/glyph";
import { First, Refused } from "../../parts/panel";
import { both, brief, count } from "../../parts/time";
import { now } from "../../api/clock";
import { useLoad } from "../../state/load";
import { utc } from "../../state/prefs";
import { address } from "../../state/route";

/** Counts is how often a rule took messages and failed, and how it runs. */
export function Counts({ rule }: { rule: Rule }) {
  const since = brief(rule.since, utc.value ? "utc" : "local", new Date(now()));
  return (
    <dl>
      <dt>hits</dt>
      <dd>
        {count(rule.hits)} since <time title={both(rule.since)}>{since}</time>
        {rule.hits === 0 ? null : (
          <> · <a href={address("decisions", [], { processor: rule.ref, tab: "messages" })}>show the last ones</a></>
        )}
      </dd>
      <dt>errors</dt>
      <dd>
        {count(rule.errors)}
        {rule.errors === 0 ? null : (
          <> · <a href={address("decisions", [], { rule: rule.ref, tab: "messages" })}>show them</a></>
        )}
      </dd>
      <dt>runs</dt>
      <dd>
        {rule.compiled ? "natively" : "in the JavaScript engine"}
        {rule.indexedBy === "" ? null : <>, looked up by <code>req.{rule.indexedBy}</code></>}
      </dd>
    </dl>
  );
}

/** ProcessorState says whether who gets a rule's messages is there. */
export function ProcessorState({ ref_ }: { ref_: string }) {
  const loaded = useLoad<Backends>(query("/backends", { q: ref_, limit: 50 }), { every: 5000 });
  const b = loaded.data.value?.backends.find((one) => one.ref === ref_ && one.role === "processor");
  if (loaded.data.value === undefined) return <First loaded={loaded} lines={1} />;
  if (b === undefined) return null;
  const of = b.state === "ready" ? "match" : b.state === "down" ? "error" : "no-match";
  return (
    <div>
      <Refused loaded={loaded} />
      <p>
        Its processor is <Mark of={of}>{" " + b.state}</Mark> at{" "}
        <code>{"addr" in b ? b.addr.join(", ") : ""}</code> (
        <a href={address("backends", [ref_])}>more</a>).
      </p>
    </div>
  );
}
