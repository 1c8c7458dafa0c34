import type { Backend } from "../../api/api.gen";
import { count } from "../../parts/time";
import { address } from "../../state/route";

/** Failures counts the calls that failed, by code, each of which leads to the messages that are kept of it. */
export function Failures({ backend: b }: { backend: Backend }) {
  const all = b.failures ?? [];
  if (all.length === 0) return "none";
  const of = b.role === "processor" ? { processor: b.ref } : {};
  return all.map((f, i) => (
    <span key={f.code}>
      {i === 0 ? "" : ", "}
      <a href={address("decisions", [], { ...of, code: f.code, tab: "messages" })} title="Messages with this code">
        {f.code}
      </a>{" "}
      {count(f.calls)}
    </span>
  ));
}
