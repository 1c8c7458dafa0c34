import type { Config } from "../../api/api.gen";
import { now } from "../../api/clock";
import { Mark } from "../../parts/glyph";
import { OnlyHere } from "../../parts/onlyhere";
import { Panel } from "../../parts/panel";
import { ago, both, many } from "../../parts/time";
import type { Loaded } from "../../state/load";

/** Card is which configuration runs, and whether the last one that was read could be used. */
export function Card({ loaded }: { loaded: Loaded<Config> }) {
  const at = new Date(now());
  return (
    <Panel title="Configuration" loaded={loaded} lines={1} aside={<OnlyHere />}>
      {(c) => (
        <>
          <p class="facts">
            <strong>epoch {c.epoch}</strong>
            <span>
              loaded{" "}
              <time dateTime={c.loadedAt} title={both(c.loadedAt)}>
                {ago(c.loadedAt, at)}
              </time>
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
            <a href="#/config">{many(c.warningsTotal, "warning")}</a>
          </p>
          {c.failedReload === null ? null : (
            <p class="caution">
              <Mark of="error"> The file that is there now can't be used</Mark> ({ago(c.failedReload.time, at)}):{" "}
              <bdi>{c.failedReload.detail}</bdi> <a href="#/config">See why</a>
            </p>
          )}
        </>
      )}
    </Panel>
  );
}
