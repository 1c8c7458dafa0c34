import type { Backends, Config } from "../../api/api.gen";
import { CopyCurl } from "../../parts/copy";
import { Mark, type Outcome } from "../../parts/glyph";
import { OnlyHere } from "../../parts/onlyhere";
import { First, Refused } from "../../parts/panel";
import { count, rate, took } from "../../parts/time";
import type { Loaded } from "../../state/load";
import { useRoom } from "../../state/room";
import { address } from "../../state/route";
import { traffic } from "../../state/status";

type Backend = Backends["backends"][number];
const of: Record<Backend["state"], Outcome> = { ready: "match", degraded: "no-match", down: "error" };
const mostShown = 24;
const folded = 200; // backends from which on those that are ready are only counted

/** Path is the way of a message: the middlewares before, the processors, and the middlewares behind. */
export function Path({ config, backends }: { config: Config | undefined; backends: Loaded<Backends> }) {
  const all = backends.data.value?.backends;
  const spec = config?.config["spec"] as { middlewares?: { ref: string; postProcessor?: boolean }[] } | undefined;
  const behind = new Set((spec?.middlewares ?? []).filter((m) => m.postProcessor === true).map((m) => m.ref));
  const unseen = (backends.data.value?.total ?? 0) - (all?.length ?? 0);
  const role = (r: string): Backend[] => (all ?? []).filter((b) => b.role === r);
  return (
    <section class="panel" aria-label="The way of a message" {...useRoom("The way of a message", backends)}>
      <header>
        <h2>The way of a message</h2>
        <OnlyHere />
        <span class="tools">
          <CopyCurl path={backends.path} />
        </span>
      </header>
      <Refused loaded={backends} />
      {all === undefined ? (
        <First loaded={backends} />
      ) : (
        <div class="way">
          <div class="step">
            <h3>EdgePorts</h3>
            <a class="box" href={address("decisions", [], { tab: "messages" })}>
              <span>their messages</span>
              <span class="muted">{traffic.value === null ? "" : rate(traffic.value.perSecond)}</span>
            </a>
          </div>
          <Step title="middlewares" list={role("middleware").filter((b) => !behind.has(b.ref))} />
          <Step title="one of the processors" list={role("processor")} />
          <Step title="middlewares" list={role("middleware").filter((b) => behind.has(b.ref))} />
          {unseen > 0 ? <a href="#/backends">{count(unseen)} more aren't among them</a> : null}
        </div>
      )}
    </section>
  );
}

function Step({ title, list }: { title: string; list: readonly Backend[] }) {
  if (title === "middlewares" && list.length === 0) return null;
  const shown = list.length < folded ? [...list] : list.filter((b) => b.state !== "ready");
  const worst = shown.sort((a, b) => rank[a.state] - rank[b.state]).slice(0, mostShown);
  const left = list.length - worst.length;
  const states = (["down", "degraded", "ready"] as const).flatMap((s) => {
    const n = list.filter((b) => b.state === s).length;
    return n === 0 ? [] : [`${count(n)} ${s}`];
  });
  return (
    <div class={"step" + (worst.length > 8 ? " wide" : "")}>
      <h3>{title}</h3>
      {worst.map((b) => (
        <a key={b.role + b.ref} class="box" href={address("backends", [b.ref])} title={b.reason}>
          <span>
            <Mark of={of[b.state]} /> <bdi>{b.ref}</bdi>
          </span>
          <span class="muted">
            {count(b.inFlight)} in flight{b.latency.samples > 0 ? ` · p99 ${took(b.latency.p99Ns)}` : ""}
          </span>
        </a>
      ))}
      {left > 0 ? (
        <a class="box" href="#/backends">
          {worst.length > 0 ? `and ${count(left)} more: ` : ""}
          {states.join(", ")}
        </a>
      ) : null}
    </div>
  );
}

const rank = { down: 0, degraded: 1, ready: 2 };
