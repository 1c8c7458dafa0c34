import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import type { Stats } from "../../api/api.gen";
import type { Data, Plot } from "../../parts/plot/index";
import { CopyCurl } from "../../parts/copy";
import { OnlyHere } from "../../parts/onlyhere";
import { First, Refused } from "../../parts/panel";
import { clockTime, rate, took } from "../../parts/time";
import { now } from "../../api/clock";
import { utc } from "../../state/prefs";
import { session } from "../../state/session";
import type { Loaded } from "../../state/load";
import { useRoom } from "../../state/room";
import { address, go } from "../../state/route";
import { latencies, outcomes } from "./series";

/** Plots are the last 15 minutes: how much by outcome, and how fast. Dragging leads to the decisions of that time. */
export function Plots({ loaded }: { loaded: Loaded<Stats> }) {
  const stats = loaded.data.value;
  return (
    <section class="panel" aria-label="The last 15 minutes" {...useRoom("The last 15 minutes", loaded, 10)}>
      <header>
        <h2>The last 15 minutes</h2>
        {young() ? <span class="muted">that is, since the start</span> : null}
        <OnlyHere />
        <span class="tools">
          <CopyCurl path={loaded.path} />
        </span>
      </header>
      <Refused loaded={loaded} />
      {stats === undefined ? (
        <First loaded={loaded} lines={10} />
      ) : (
        <div class="plots">
          <Figure title="messages a second" data={outcomes(stats)} stacked least={1} format={(n) => rate(n)} />
          <Figure title="time that messages took" data={latencies(stats)} least={100_000} format={(n) => took(n)} />
        </div>
      )}
    </section>
  );
}

const young = (): boolean => session.value !== null && now() - Date.parse(session.value.startedAt) < 900_000;

function Figure({
  title,
  data,
  stacked = false,
  least,
  format,
}: {
  title: string;
  data: Data;
  stacked?: boolean;
  least: number;
  format: (n: number) => string;
}) {
  const host = useRef<HTMLDivElement>(null);
  const drawn = useRef<Plot | null>(null);
  const failed = useSignal(false);
  const latest = useRef(data);
  latest.current = data;
  useEffect(() => {
    let gone = false;
    import("../../parts/plot/index").then(
      ({ plot }) => {
        if (gone || host.current === null) return;
        const at = (seconds: number): string => clockTime(seconds * 1000, utc.value ? "utc" : "local");
        const selected = (from: number, to: number): void =>
          go(address("decisions", [], { tab: "messages", since: iso(from), until: iso(to) }));
        const form = { height: 180, stretches: [60, 300, 900], stacked, least, format, selected, at };
        drawn.current = plot({ host: host.current, ...form }, latest.current);
      },
      () => (failed.value = true),
    );
    return () => {
      gone = true;
      drawn.current?.destroy();
    };
  }, []);
  useEffect(() => drawn.current?.set(data), [data]);
  return (
    <figure>
      <figcaption>
        {title}
        {data.lines.map((l) => (
          <span key={l.label} class={"key key" + l.colour}>
            {l.label}
          </span>
        ))}
      </figcaption>
      <div ref={host} class="plot" aria-hidden="true" />
      {failed.value ? <p>The plot couldn't be loaded; the numbers are below.</p> : null}
      <Numbers title={title} data={data} format={format} />
    </figure>
  );
}

const iso = (seconds: number): string => new Date(seconds * 1000).toISOString();

/** Numbers has what the plot shows as a table, a line a minute. */
function Numbers({ title, data, format }: { title: string; data: Data; format: (n: number) => string }) {
  const minutes = data.times
    .map((t, i) => ({ t, i }))
    .filter(({ t, i }) => i === data.times.length - 2 || Math.round(t) % 60 === 0);
  return (
    <details>
      <summary>Numbers</summary>
      <table>
        <caption class="unseen">{title}</caption>
        <thead>
          <tr>
            <th>at</th>
            {data.lines.map((l) => (
              <th key={l.label} class="number">
                {l.label}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {minutes.map(({ t, i }) => (
            <tr key={i}>
              <td>{clockTime(t * 1000, utc.value ? "utc" : "local")}</td>
              {data.lines.map((l) => {
                const v = l.values[i];
                return (
                  <td key={l.label} class="number">
                    {v === null || v === undefined ? "–" : format(v)}
                  </td>
                );
              })}
            </tr>
          ))}
        </tbody>
      </table>
    </details>
  );
}
