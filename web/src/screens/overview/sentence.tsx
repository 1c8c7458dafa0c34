import type { Config, Stats } from "../../api/api.gen";
import { now } from "../../api/clock";
import { Mark } from "../../parts/glyph";
import { OnlyHere } from "../../parts/onlyhere";
import { ago, brief, many, rate, share, span } from "../../parts/time";
import { says, type Cause } from "../../state/failures";
import type { Loaded } from "../../state/load";
import { address } from "../../state/route";
import { utc } from "../../state/prefs";
import { session } from "../../state/session";
import { status } from "../../state/status";
import { CopyGrpcurl } from "../samples";

interface SentenceProps {
  config: Loaded<Config>;
  stats: Stats | undefined;
  causes: readonly Cause[] | undefined;
}

/** Sentence is how it goes, in words: how much is routed, how much of it fails, and by whose fault. */
export function Sentence({ config, stats, causes }: SentenceProps) {
  const c = config.data.value;
  const worst = causes?.[0];
  const recent = stats === undefined ? undefined : sums(stats, 60);
  const at = new Date(now());
  return (
    <section class="overview-sentence" aria-label="How it goes">
      <p class="figure">
        {c === undefined ? (
          <span class="muted">Asking the dispatcher…</span>
        ) : !c.ready ? (
          <>
            <Mark of="error"> Not ready</Mark> <bdi>{c.reasons[0]?.text ?? c.state ?? ""}</bdi>
            {c.reasons.length > 1 ? ` and ${many(c.reasons.length - 1, "other reason")}` : ""}
          </>
        ) : (
          <>
            <Mark of={status.value.glyph === "●" ? "match" : "no-match"}>
              {recent === undefined || recent.messages === 0
                ? " Ready"
                : ` Routing ${rate(recent.perSecond).replace("/", "messages / ")}`}
            </Mark>
          </>
        )}
        {recent !== undefined && recent.failed > 0
          ? ` · ${share(recent.failed, recent.messages)} of them ${failing(recent)}`
          : ""}
        {recent !== undefined && recent.messages === 0 ? ` · ${silence(stats)}` : ""} <OnlyHere />
        {stats !== undefined && !ever(stats) && session.value?.demo === false ? <CopyGrpcurl /> : null}
      </p>
      {worst === undefined ? (
        <p>{causes === undefined ? "\u00a0" : "Nothing that is kept has failed."}</p>
      ) : (
        <p class="worst">
          Most of what fails:{" "}
          <strong>
            <bdi>{says(worst)}</bdi>
          </strong>
          , since {brief(worst.first, utc.value ? "utc" : "local", at)}, last {ago(worst.last, at)}.{" "}
          {worst.example === null ? null : <a href={address("decision", [worst.example])}>See one</a>}
        </p>
      )}
      <p class="muted">
        {session.value === null
          ? "\u00a0"
          : `Has run for ${span(Math.max(0, now() - Date.parse(session.value.startedAt)))}.`}
      </p>
    </section>
  );
}

function sums(stats: Stats, seconds: number): { messages: number; failed: number; perSecond: number } {
  const n = Math.max(1, Math.round(seconds / stats.step));
  // The last second isn't over.
  const sum = (list: readonly number[]): number => list.slice(-n - 1, -1).reduce((a, b) => a + b, 0);
  const messages = sum(stats.series.messages);
  const points = Math.min(n, Math.max(1, stats.series.messages.length - 1));
  return { messages, failed: sum(stats.series.failed), perSecond: messages / (points * stats.step) };
}

const ever = (stats: Stats): boolean => stats.series.messages.some((n) => n > 0);

/** silence says how long nothing came in, as far as is known: a dispatcher that just began has no minute behind it. */
function silence(stats: Stats | undefined): string {
  const young = session.value !== null && now() - Date.parse(session.value.startedAt) < 60_000;
  if (stats === undefined || !ever(stats)) return "nothing has come in yet";
  return young ? "the first message came in just now" : "nothing came in for a minute";
}

const failing = (n: { failed: number; messages: number }): string => (n.messages / n.failed >= 20 ? "fails" : "fail");
