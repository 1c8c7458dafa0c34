import type { Backends } from "../../api/api.gen";
import type { Rule } from "../../api/rules";
import { Mark } from "../../parts/glyph";
import { both } from "../../parts/time";
import { useLoad } from "../../state/load";
import { address } from "../../state/route";
import { known } from "./list";

/** Counts is how often a rule took messages and failed, and how it runs. */
export function Counts({ rule }: { rule: Rule }) {
  return (
    <dl>
      <dt>hits</dt>
      <dd>
        {known(rule.hits)}
        {rule.since === undefined ? (
          ""
        ) : (
          <>
            {" "}
            since <time title={both(rule.since)}>{rule.since.slice(11, 19)}</time>
          </>
        )}
        {rule.hits === 0 ? null : (
          <>
            {" "}
            · <a href={address("decisions", [], { processor: rule.ref, tab: "messages" })}>show the last ones</a>
          </>
        )}
      </dd>
      <dt>errors</dt>
      <dd>
        {known(rule.errors)}
        {rule.errors === 0 ? null : (
          <>
            {" "}
            · <a href={address("decisions", [], { q: rule.ref, failed: "1", tab: "messages" })}>show them</a>
          </>
        )}
      </dd>
      <dt>runs</dt>
      <dd>
        {(rule.native ?? rule.compiled)
          ? "natively"
          : rule.native === undefined && rule.compiled === undefined
            ? "–"
            : "in the JavaScript engine"}
        {rule.indexedBy ? (
          <>
            , looked up by <code>req.{rule.indexedBy}</code>
          </>
        ) : null}
      </dd>
    </dl>
  );
}

/** ProcessorState says whether who gets a rule's messages is there. */
export function ProcessorState({ ref_ }: { ref_: string }) {
  const loaded = useLoad<Backends>("/backends?q=" + encodeURIComponent(ref_), { every: 5000 });
  const b = loaded.data.value?.backends.find((one) => one.ref === ref_ && one.role === "processor");
  if (b === undefined) return null;
  const of = b.state === "ready" ? "match" : b.state === "down" ? "error" : "no-match";
  return (
    <p>
      Its processor is <Mark of={of}>{" " + b.state}</Mark> at{" "}
      <code>{"addr" in b ? b.addr.join(", ") : ""}</code> (
      <a href={address("backends", [ref_])}>more</a>).
    </p>
  );
}
