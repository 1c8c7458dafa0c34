import type { Entry } from "../api/entry";
import { Mark, type Outcome } from "./glyph";
import { took } from "./time";

/** Waterfall shows where a message's time went: each call by its length, in order, and what is ours. */
export function Waterfall({ entry }: { entry: Entry }) {
  const total = Math.max(1, entry.durationNs);
  const calls = entry.calls.reduce((sum, c) => sum + c.durationNs, 0);
  const ours = Math.max(0, entry.durationNs - calls - entry.matchNs);
  let before = 0;
  const bar = (ns: number): { left: string; width: string } => {
    const left = Math.min(99.5, (100 * before) / total);
    before += ns;
    return { left: `${left}%`, width: `${Math.max(0.5, Math.min(100 - left, (100 * ns) / total))}%` };
  };
  const pre = entry.calls.filter((_, i) => i < processorAt(entry));
  const rest = entry.calls.slice(pre.length);
  return (
    <table class="waterfall">
      <caption class="unseen">Calls of this message, in their order</caption>
      <thead>
        <tr>
          <th>who</th>
          <th class="c-addr">instance</th>
          <th>result</th>
          <th class="number">took</th>
          <th class="c-bar">when</th>
        </tr>
      </thead>
      <tbody>
        {pre.map((c, i) => (
          <CallRow key={i} call={c} bar={bar(c.durationNs)} />
        ))}
        <tr>
          <td>rules</td>
          <td class="c-addr">{entry.rulesTried} tried</td>
          <td>
            <Mark of={ruled(entry)} />
          </td>
          <td class="number">{took(entry.matchNs)}</td>
          <td class="c-bar">
            <Bar {...bar(entry.matchNs)} kind="rules" />
          </td>
        </tr>
        {rest.map((c, i) => (
          <CallRow key={i} call={c} bar={bar(c.durationNs)} />
        ))}
        <tr class="muted">
          <td>the rest of the dispatcher</td>
          <td class="c-addr" />
          <td />
          <td class="number">{took(ours)}</td>
          <td class="c-bar" />
        </tr>
        <tr>
          <th scope="row">in all</th>
          <td class="c-addr" />
          <td />
          <td class="number">{took(entry.durationNs)}</td>
          <td class="c-bar" />
        </tr>
      </tbody>
    </table>
  );
}

function processorAt(e: Entry): number {
  const at = e.calls.findIndex((c) => c.role === "processor");
  return at < 0 ? e.calls.length : at;
}

const ruled = (e: Entry): Outcome => (e.processor !== "" ? "match" : e.failedRule ? "error" : "no-match");

function CallRow({ call, bar }: { call: Entry["calls"][number]; bar: { left: string; width: string } }) {
  const ok = call.code === "OK";
  return (
    <tr>
      <td>
        <bdi>{call.ref}</bdi> <span class="muted">{call.role}</span>
      </td>
      <td class="c-addr">
        <code>{call.addr === "" ? "none could be called" : call.addr}</code>
      </td>
      <td>
        <Mark of={ok ? "match" : call.skipped ? "no-match" : "error"}>{" " + call.code}</Mark>
        {call.attempts > 1 ? ` after ${call.attempts} attempts` : ""}
        {call.skipped ? ", skipped" : ""}
      </td>
      <td class="number">{took(call.durationNs)}</td>
      <td class="c-bar">
        <Bar {...bar} kind={call.role} />
      </td>
    </tr>
  );
}

function Bar({ left, width, kind }: { left: string; width: string; kind: string }) {
  return (
    <span class="track" aria-hidden="true">
      <span class={"bar-of " + kind} style={{ left, width }} />
    </span>
  );
}
