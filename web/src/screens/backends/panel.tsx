import type { Backend } from "../../api/api.gen";
import { now } from "../../api/clock";
import { Mark } from "../../parts/glyph";
import { ago, count, many, share, span, took } from "../../parts/time";
import { Clock } from "../../parts/when";
import { address } from "../../state/route";
import { Failures } from "./failures";
import { outcomes } from "./row";
import { Strips } from "./strips";

/** BackendPanel is all there is to know of one backend, as of an answer that came at a time in milliseconds. */
export function BackendPanel({ backend: b, asOf }: { backend: Backend; asOf: number }) {
  const at = new Date(now());
  return (
    <section class="panel" aria-label={"Backend " + b.ref}>
      <header>
        <h2>
          <Mark of={outcomes[b.state] ?? "not-tried"}>{" " + b.state}</Mark> <bdi>{b.ref}</bdi>
        </h2>
        <span class="muted">
          {b.role} · {b.policy} · <bdi>{(b.addr ?? []).join(", ")}</bdi>
        </span>
        <span class="tools">
          {b.role === "processor" ? (
            <a class="button" href={address("routes", [], { rule: b.ref })}>
              Its rule
            </a>
          ) : null}
          <a
            class="button"
            href={address("decisions", [], { processor: b.role === "processor" ? b.ref : "", tab: "messages" })}
          >
            Its messages
          </a>
        </span>
      </header>
      <div>
        {b.state === "ready" ? null : (
          <p class="sentence">
            <bdi>{b.reason ?? `It is ${b.state}`}</bdi>.
            {b.since === undefined ? "" : ` For ${span(at.getTime() - Date.parse(b.since))}.`}
          </p>
        )}
        {b.lastFailure === undefined ? null : (
          <p>
            Failed last <Clock time={b.lastFailure.time} /> ({ago(b.lastFailure.time, at)}) with{" "}
            <code>{b.lastFailure.code}</code>: <bdi>{b.lastFailure.message}</bdi>{" "}
            {b.lastFailure.decision === undefined ? null : (
              <a href={address("decision", [b.lastFailure.decision])}>the message</a>
            )}
          </p>
        )}
        <p class="muted">
          {many(b.calls, "call")} since the start, failures: <Failures backend={b} />;{" "}
          {many(b.retries, "retry", "retries")}
          {b.retryBudgetLeft === undefined ? "" : `, ${count(b.retryBudgetLeft)} more may be made at once`}.
          {b.latency.samples === 0
            ? " No answered call yet to measure."
            : ` Times are those of ${count(b.latency.samples)} answered calls of the last ${window(b.latency.window)}.`}
        </p>
        {b.tlsError === undefined ? null : (
          <p class="caution">
            ⚠ <bdi>{b.tlsError}</bdi>
          </p>
        )}
        {b.certificateEnds === undefined ? null : (
          <p>The certificate that the dispatcher shows ends {b.certificateEnds}.</p>
        )}
        <Instances backend={b} at={at} />
        <Strips backend={b} at={asOf} />
        <Changes backend={b} />
      </div>
    </section>
  );
}

function Instances({ backend: b, at }: { backend: Backend; at: Date }) {
  const calls = b.instances.reduce((sum, i) => sum + i.calls, 0);
  const weights = b.instances.reduce((sum, i) => sum + i.weight, 0);
  return (
    <div class="wide-table" role="group" aria-label="Instances" tabIndex={0}>
      <table class="instances">
        <thead>
          <tr>
            <th>instance</th>
            <th>state</th>
            <th class="number">in flight</th>
            <th class="number">calls</th>
            <th class="number">share</th>
            <th class="number">failures</th>
            <th class="number">p50</th>
            <th class="number">p99</th>
          </tr>
        </thead>
        <tbody>
          {b.instances.map((i) => (
            <tr key={i.addr}>
              <td>
                <code>
                  <bdi>{i.addr}</bdi>
                </code>
              </td>
              <td>
                <Mark of={outcomes[i.state] ?? "not-tried"}>{" " + i.state}</Mark>
                {i.since === undefined ? "" : ` for ${span(at.getTime() - Date.parse(i.since))}`}{" "}
                <bdi>{i.reason ?? ""}</bdi>
                {i.ejectedUntil === undefined
                  ? ""
                  : ` back in ${span(Math.max(0, Date.parse(i.ejectedUntil) - at.getTime()))}`}
              </td>
              <td class="number">{count(i.inFlight)}</td>
              <td class="number">{count(i.calls)}</td>
              <td class="number">{calls === 0 ? "–" : `${share(i.calls, calls)} of ${share(i.weight, weights)}`}</td>
              <td class="number">{count(i.failures)}</td>
              <td class="number">{i.latency.samples === 0 ? "–" : took(i.latency.p50Ns)}</td>
              <td class="number">{i.latency.samples === 0 ? "–" : took(i.latency.p99Ns)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Changes({ backend: b }: { backend: Backend }) {
  if (b.changes.length === 0) return null;
  return (
    <details open={b.state !== "ready"}>
      <summary>{many(b.changes.length, "change")} of state</summary>
      <ul class="gave">
        {b.changes.map((c, i) => (
          <li key={i}>
            <Clock time={c.time} /> <Mark of={outcomes[c.state] ?? "not-tried"}>{" " + c.state}</Mark>{" "}
            <code>
              <bdi>{c.instance}</bdi>
            </code>{" "}
            <bdi>{c.reason ?? ""}</bdi>
          </li>
        ))}
      </ul>
    </details>
  );
}

// window writes a Go duration of seconds as people do.
const window = (text: string): string => text.replace(/^(\d+)s$/, "$1\u202fs");
