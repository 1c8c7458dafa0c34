import { now } from "../../api/clock";
import type { Fleet as Known, Replica } from "../../api/api.gen";
import { CopyCurl } from "../../parts/copy";
import { Mark, type Outcome } from "../../parts/glyph";
import { ago, many, span } from "../../parts/time";
import { fleet } from "../../state/fleet";

/** Fleet lists the replicas of this dispatcher, and which configuration each runs. */
export function Fleet() {
  const all = fleet.value;
  if (all === null) return null;
  return (
    <section class="panel" aria-label="Fleet">
      <header>
        <h2>Fleet</h2>
        <span class="muted">{all.summary}</span>
        <span class="tools">
          <CopyCurl path="/fleet" />
        </span>
      </header>
      <div>
        {all.connected ? null : (
          <p class="caution">
            <Mark of="error"> NATS can't be reached</Mark> from here: the other replicas aren't seen until it can.
          </p>
        )}
        <table class="fleet">
          <thead>
            <tr>
              <th>replica</th>
              <th>state</th>
              <th>configuration</th>
              <th class="wide">up</th>
              <th class="wide">version</th>
              <th class="wide">admin API</th>
            </tr>
          </thead>
          <tbody>
            {all.replicas.map((r) => (
              <Row key={r.bootId} of={r} common={all.configurations[0]} />
            ))}
          </tbody>
        </table>
        {all.dropped === 0 ? null : (
          <p class="muted">{many(all.dropped, "message")} on the bus weren't a replica's that has our token.</p>
        )}
      </div>
    </section>
  );
}

function Row({ of: r, common }: { of: Replica; common: Known["configurations"][number] | undefined }) {
  const [word, mark] = state(r);
  return (
    <tr>
      <td>
        <bdi>{r.name}</bdi> {r.self ? <span class="muted">this one</span> : null}
      </td>
      <td>
        <Mark of={mark}> {word}</Mark>
      </td>
      <td>
        epoch {r.epoch} <code title={r.hash}>{r.hash.slice(0, 8)}</code>{" "}
        {r.hash === common?.hash ? null : <strong>differs</strong>}
      </td>
      <td class="wide">{span(Math.max(0, now() - Date.parse(r.startedAt)))}</td>
      <td class="wide">
        <bdi>{r.version}</bdi>
      </td>
      <td class="wide">
        <code>
          <bdi>{r.admin}</bdi>
        </code>
      </td>
    </tr>
  );
}

function state(r: Replica): [word: string, mark: Outcome] {
  if (r.silent) return ["silent, last heard " + ago(r.seenAt, new Date(now())), "error"];
  if (r.draining) return ["draining", "no-match"];
  return r.ready ? ["ready", "match"] : ["not ready", "error"];
}
