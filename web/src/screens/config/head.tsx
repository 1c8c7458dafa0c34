import type { Config } from "../../api/api.gen";
import { now } from "../../api/clock";
import { Mark } from "../../parts/glyph";
import { Panel } from "../../parts/panel";
import { ago, both } from "../../parts/time";
import { Clock } from "../../parts/when";
import { live } from "../../state/checked";
import { draft } from "../../state/draft";
import type { Loaded } from "../../state/load";
import { Rebase } from "../draft/rebase";
import { FleetRuns, Live } from "./fleetruns";
import { Shown } from "./problems";
import { Since } from "./since";

/** Head says which configuration runs, and what became of the last attempt to read another one. */
export function Head({ loaded }: { loaded: Loaded<Config> }) {
  return (
    <Panel title="Running configuration" loaded={loaded} lines={1} class="config-head">
      {(c) => (
        <>
          <p class="facts in-one-line">
            <strong>epoch {c.epoch}</strong>
            <span>
              loaded <time title={both(c.loadedAt)}>{ago(c.loadedAt, new Date(now()))}</time>
            </span>
            <span class="path">
              from{" "}
              <code title={c.source}>
                <bdi>{c.source}</bdi>
              </code>
            </span>
            <span>
              hash <code title={c.hash}>{c.hash.slice(0, 12)}</code>
            </span>
            <span>
              local time of rules: <bdi>{c.timeZone}</bdi> ({c.utcOffset})
            </span>
            <span class="version" title={c.version}>
              version <bdi>{c.version}</bdi>
            </span>
          </p>
          <FleetRuns />
          {live.value === null ? null : (
            <p class="good" role="status">
              <Mark of="match"> Your draft is live</Mark> since <Clock time={live.value.at} /> (epoch{" "}
              {live.value.epoch}
              <Live />).{" "}
              <Since at={live.value.at} />{" "}
              <button type="button" class="quiet" onClick={() => (live.value = null)}>
                OK
              </button>
            </p>
          )}
          {c.failedReload === null ? null : (
            <div class="caution">
              <p>
                <Mark of="error"> The file that is there now can't be used</Mark> (tried{" "}
                {ago(c.failedReload.time, new Date(now()))}). What ran before runs on.
              </p>
              <p>
                <bdi>{c.failedReload.detail}</bdi>
              </p>
              <Shown of={c.failedReload.problems.length} total={c.failedReload.problemsTotal ?? 0} />
              {c.failedReload.problems.map((p, i) => (
                <pre key={i} class="snippet" tabIndex={0}>
                  <bdi>{`${p.line}:${p.column} ${p.path}: ${p.message}`}</bdi>
                </pre>
              ))}
            </div>
          )}
          {draft.value !== null && draft.value.base.hash !== "" && draft.value.base.hash !== c.hash ? (
            <Rebase epoch={c.epoch} />
          ) : null}
        </>
      )}
    </Panel>
  );
}
