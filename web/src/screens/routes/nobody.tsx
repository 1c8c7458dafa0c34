import type { Entry } from "../../api/entry";
import { now } from "../../api/clock";
import { CopyCurl } from "../../parts/copy";
import { Mark } from "../../parts/glyph";
import { ago, count, many } from "../../parts/time";
import { title } from "../../sip/entry";
import { useLoad } from "../../state/load";
import { address } from "../../state/route";

interface Group {
  what: string;
  count: number;
  last: Entry;
}

/** Nobody is the last rule of every table: what no rule takes, by method. It is the most useful one. */
export function Nobody() {
  const loaded = useLoad<{ decisions: Entry[] }>("/decisions?code=NOT_FOUND&limit=1000", { every: 5000 });
  const taken = loaded.data.value?.decisions.filter((e) => e.processor === "");
  const groups = group(taken ?? []);
  return (
    <section class="panel" aria-label="What no rule takes">
      <header>
        <h2>
          <span aria-hidden="true">∅</span> What no rule takes
        </h2>
        {taken === undefined ? null : (
          <span class="muted">{many(taken.length, "message")} of those that are kept</span>
        )}
        <span class="tools">
          <CopyCurl path={loaded.path} />
        </span>
      </header>
      <div>
        {taken !== undefined && groups.length === 0 ? (
          <p class="muted">Every message that is kept was taken by a rule.</p>
        ) : null}
        <div class="groups">
          {groups.map((g) => (
            <p key={g.what}>
              <Mark of="no-match" />{" "}
              <strong>
                <bdi>{g.what}</bdi>
              </strong>{" "}
              {count(g.count)}, last {ago(g.last.time, new Date(now()))}{" "}
              <a href={address("play", [], { decision: g.last.id })}>make a rule of it</a>
              {" · "}
              <a href={address("call", [g.last.callId], { at: g.last.id })}>its call</a>
            </p>
          ))}
        </div>
      </div>
    </section>
  );
}

function group(entries: readonly Entry[]): Group[] {
  const found = new Map<string, Group>();
  for (const e of entries) {
    const what = e.kind === "request" ? e.method : `${title(e)} to ${e.method}`;
    const g = found.get(what);
    if (g === undefined) found.set(what, { what, count: 1, last: e });
    else g.count++;
  }
  return [...found.values()].sort((a, b) => b.count - a.count).slice(0, 24);
}
