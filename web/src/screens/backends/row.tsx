import type { Backend } from "../../api/api.gen";
import { Mark, type Outcome } from "../../parts/glyph";
import type { Row } from "../../parts/rows";
import { count, rate, took } from "../../parts/time";

/** Rated is a backend with its calls a second; undefined until two answers were compared. */
export interface Rated {
  backend: Backend;
  perSecond: number | undefined;
}

/** outcomes say how a state looks: colour never says it alone. */
export const outcomes: Record<string, Outcome> = {
  ready: "match",
  degraded: "no-match",
  down: "error",
  idle: "not-tried",
  connecting: "no-match",
  failing: "error",
  unhealthy: "error",
  ejected: "error",
  gone: "not-tried",
};

const right = (text: string) => <span class="right">{text}</span>;

/** head names the columns, each time anew: an element that is made once keeps the page that it was first in. */
export const head = () => [
  "ref",
  "role",
  "state",
  "instances",
  right("in flight"),
  right("calls"),
  "failures",
  right("p50"),
  right("p99"),
  right("max"),
  right("retries"),
];

/** row is one backend as a line. */
export function row(of: Rated | undefined, index: number): Row {
  if (of === undefined) return { key: index, cells: [] };
  const { backend: b, perSecond } = of;
  const none = b.latency.samples === 0;
  return {
    key: b.role + b.ref,
    kind: b.state === "down" ? "error" : "",
    cells: [
      <bdi>{b.ref}</bdi>,
      b.role,
      <span title={b.reason}>
        <Mark of={outcomes[b.state] ?? "not-tried"}>{" " + b.state}</Mark> <bdi>{b.reason ?? ""}</bdi>
      </span>,
      <Dots backend={b} />,
      right(count(b.inFlight) + (b.held > 0 ? `, ${count(b.held)} wait` : "")),
      right(perSecond === undefined ? "–" : rate(perSecond)),
      <span title={b.lastFailure?.message}>{failures(b)}</span>,
      right(none ? "–" : took(b.latency.p50Ns)),
      right(none ? "–" : took(b.latency.p99Ns)),
      right(none ? "–" : took(b.latency.maxNs)),
      right(count(b.retries)),
    ],
  };
}

/** failures are the calls that failed since the start, by code. */
const failures = (b: Backend): string =>
  (b.failures ?? []).map((f) => `${f.code} ${count(f.calls)}`).join(", ") || "none";

function Dots({ backend: b }: { backend: Backend }) {
  const says = `${b.healthy} of ${b.known} healthy`;
  const some = (b.instances ?? []).slice(0, 12);
  return (
    <span title={says}>
      {some.map((i) => (
        <Mark key={i.addr} of={outcomes[i.state] ?? "not-tried"} />
      ))}{" "}
      {b.known > some.length ? says : ""}
      <span class="unseen">{says}</span>
    </span>
  );
}
