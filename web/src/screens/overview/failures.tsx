import type { Failures as Reply } from "../../api/api.gen";
import { now } from "../../api/clock";
import { CopyCurl } from "../../parts/copy";
import { Mark } from "../../parts/glyph";
import { OnlyHere } from "../../parts/onlyhere";
import { First, Refused } from "../../parts/panel";
import { ago, both, count } from "../../parts/time";
import { says, spark } from "../../state/failures";
import type { Loaded } from "../../state/load";
import { useRoom } from "../../state/room";
import { address } from "../../state/route";

/** Failures is the table that one works off: each cause with how many, since when, and an example. */
export function Failures({ loaded }: { loaded: Loaded<Reply> }) {
  const list = loaded.data.value?.failures;
  const at = new Date(now());
  return (
    <section class="panel" aria-label="Failures by cause" {...useRoom("Failures by cause", loaded)}>
      <header>
        <h2>What fails</h2>
        <span class="muted">in the last 15 minutes</span>
        <OnlyHere />
        <span class="tools">
          <CopyCurl path={loaded.path} />
        </span>
      </header>
      <Refused loaded={loaded} />
      {list === undefined ? (
        <First loaded={loaded} />
      ) : (
        <div>
          {list.length === 0 ? (
            <p>Nothing.</p>
          ) : (
            <table class="causes">
              <thead>
                <tr>
                  <th class="number">messages</th>
                  <th>cause</th>
                  <th class="c-code">code</th>
                  <th class="c-first">15 min</th>
                  <th class="c-first">first</th>
                  <th>last</th>
                  <th />
                </tr>
              </thead>
              <tbody>
                {list.slice(0, 50).map((c) => (
                  <tr key={[c.code, c.rule, c.backend, c.method, c.kind].join()}>
                    <td class="number">{count(c.count)}</td>
                    <td>
                      <Mark of={c.code === "NOT_FOUND" && !c.rule ? "no-match" : "error"} /> <bdi>{says(c)}</bdi>
                    </td>
                    <td class="c-code">
                      <code>{c.code}</code>
                    </td>
                    <td class="c-first mono" aria-hidden="true">{spark(c.counts, 15)}</td>
                    <td class="c-first">
                      <time dateTime={c.first} title={both(c.first)}>
                        {ago(c.first, at)}
                      </time>
                    </td>
                    <td>
                      <time dateTime={c.last} title={both(c.last)}>
                        {ago(c.last, at)}
                      </time>
                    </td>
                    <td>
                      {c.example === null ? null : <a href={address("decision", [c.example])}>see one</a>}
                    </td>
                  </tr>
                ))}
              </tbody>
            </table>
          )}
          {list.length > 50 ? <p class="muted">{count(list.length - 50)} rarer causes were left out.</p> : null}
        </div>
      )}
    </section>
  );
}
