import { useSignal, type Signal } from "@preact/signals";
import type { Impact } from "../../api/api.gen";
import type { Loaded } from "../../state/load";
import { Mark } from "../../parts/glyph";
import { First, Refused } from "../../parts/panel";
import { CopyCurl } from "../../parts/copy";
import { Unanswered } from "../../parts/onlyhere";
import { count, many, share } from "../../parts/time";
import { Compare } from "./compare";
import { Failures } from "./examples";
import { Moves } from "./moves";

/** ImpactView says what a draft would do to recorded messages: who would go elsewhere, and what would newly fail. */
export function ImpactView({
  loaded,
  limit,
  config,
}: {
  loaded: Loaded<Impact>;
  limit: Signal<number>;
  config: string;
}) {
  const asked = useSignal("");
  const x = loaded.data.value;
  if (x === undefined) {
    return <First loaded={loaded} lines={10} />;
  }
  const over = x.messages > 0 && (100 * x.moved) / x.messages > limit.value;
  return (
    <>
      <Refused loaded={loaded} />
      <p class="sentence">
        {x.messages === 0 ? (
          "No messages are recorded, so nothing can be tried."
        ) : (
          <Mark of={over || x.newErrors.length > 0 ? "error" : "match"}>
            {` Of ${many(x.messages, "message")} ${count(x.moved)} would go elsewhere`}
            {x.moved > 0 ? ` (${share(x.moved, x.messages)}).` : "."}
          </Mark>
        )}
        {x.unanswered === undefined ? "" : " They are those of all replicas that answered."}
        {(x.noRoom ?? 0) > 0 ? ` There was no room for ${count(x.noRoom ?? 0)} more of other replicas.` : ""}
        {x.leftOut > 0 ? ` ${count(x.leftOut)} couldn't be tried.` : ""}
      </p>
      <Unanswered list={x.unanswered} />
      <p>
        <label>
          Red above{" "}
          <input
            type="number"
            min={0}
            max={100}
            step={0.1}
            value={limit.value}
            class="short"
            onInput={(e) => (limit.value = Number(e.currentTarget.value))}
          />{" "}
          %
        </label>
      </p>
      <Failures title="New errors" of="error" list={x.newErrors} ask={(id) => (asked.value = id)} />
      <Moves moves={x.moves} moved={x.moved} config={config} ask={(id) => (asked.value = id)} />
      <Failures title="Fixed errors" of="match" list={x.fixedErrors} ask={(id) => (asked.value = id)} />
      {x.unreachable.map((u) => (
        <p key={u.ref}>
          <Mark of="no-match" /> Nothing reaches <bdi>{u.ref}</bdi>: <bdi>{u.reason}</bdi>
        </p>
      ))}
      {x.neverMatched.length === 0 ? null : (
        <p class="muted">
          Took none of these messages: <bdi>{x.neverMatched.slice(0, 20).join(", ")}</bdi>
          {(x.neverMatchedCount ?? x.neverMatched.length) > 20
            ? `, and ${count((x.neverMatchedCount ?? 0) - 20)} more`
            : ""}
          .
        </p>
      )}
      <p class="muted">
        <CopyCurl path={loaded.path} options={loaded.options} />
      </p>
      {asked.value === "" ? null : <Compare id={asked.value} config={config} close={() => (asked.value = "")} />}
    </>
  );
}
