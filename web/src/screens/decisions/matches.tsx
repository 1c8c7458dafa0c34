import { useSignal } from "@preact/signals";
import { useEffect, useMemo } from "preact/hooks";
import type { Evaluated, Tried } from "../../api/api.gen";
import { call } from "../../api/call";
import { now } from "../../api/clock";
import type { Entry } from "../../api/entry";
import { asProblem, isAbort } from "../../api/problem";
import { Bar } from "../../parts/bar";
import { CopyCurl } from "../../parts/copy";
import type { Outcome } from "../../parts/glyph";
import { OnlyHere } from "../../parts/onlyhere";
import { First, Refused } from "../../parts/panel";
import { Rows } from "../../parts/rows";
import { many, span } from "../../parts/time";
import { toCall, type Filter } from "../../state/filter";
import type { Item } from "../../state/item";
import { useLoad } from "../../state/load";
import { useRoom } from "../../state/room";
import { address, go } from "../../state/route";
import { kept } from "../../state/trail";
import { Detail } from "../detail/index";
import { head, row } from "./messages";

const words: Record<Outcome, string> = {
  match: "match", "no-match": "no match", error: "error", "not-tried": "of other methods",
};

/** Matches are the messages that a rule takes out of those that are kept: a filter that is a rule. */
export function Matches({ rule, filter }: { rule: string; filter: Filter }) {
  const loaded = useLoad<Evaluated>("/rules/evaluate", {
    method: "POST",
    body: { matchFunc: rule, recorded: { last: 1000, filter: toCall(filter) } },
  });
  const tried = loaded.data.value?.recorded;
  const room = useRoom("matches", loaded, 10);
  if (tried === undefined) {
    return (
      <div class="list-and-detail" {...room}>
        <First loaded={loaded} lines={10} />
      </div>
    );
  }
  return (
    <div class="list-and-detail" {...room}>
      <Refused loaded={loaded} />
      <p class="outcome">
        <Bar
          worded
          said={words}
          parts={[["match", tried.match], ["no-match", tried["no-match"]], ["error", tried.error]]}
        />{" "}
        <span class="muted">
          of {many(tried.tried, "message")} that {tried.tried === 1 ? "is" : "are"} kept
          {tried.oldest === undefined ? "" : `, of the last ${span(now() - Date.parse(tried.oldest))}`}
        </span>{" "}
        <OnlyHere />{" "}
        <button type="button" class="quiet" onClick={loaded.reload}>Try again</button>
        <CopyCurl path={loaded.path} options={loaded.options} />
      </p>
      <Newest tried={tried} />
    </div>
  );
}

/** Newest are the newest messages that matched, and the errors where none did; each has its row before it is told. */
function Newest({ tried }: { tried: Tried }) {
  const ids = tried.examples.match.length > 0 ? tried.examples.match : tried.examples.error;
  const entries = useEntries(ids);
  const chosen = useMemo(() => kept("message of rule", ""), []);
  if (ids.length === 0) return <p class="empty">The rule matches none of them.</p>;
  const total = tried.examples.match.length > 0 ? tried.match : tried.error;
  return (
    <div class="list-and-detail" aria-busy={ids.some((id) => !entries.has(id))}>
      <Rows
        class="messages"
        label="Messages that the rule matches, the newest first"
        head={head()}
        count={ids.length}
        fit
        selected={ids.indexOf(chosen.value)}
        select={(i) => (chosen.value = ids[i] ?? "")}
        open={(i) => {
          const id = ids[i] ?? "";
          const e = entries.get(id)?.entry;
          go(e === undefined ? address("decision", [id]) : address("call", [e.callId], { at: e.id }));
        }}
        close={chosen.value === "" ? undefined : () => (chosen.value = "")}
        row={(i) => row(entries.get(ids[i] ?? ""), i)}
      />
      {total > ids.length ? (
        <p class="hint">
          These are the newest {ids.length} of {many(total, "message")}.
        </p>
      ) : null}
      {chosen.value === "" ? null : <Detail key={chosen.value} id={chosen.value} link />}
    </div>
  );
}

/** useEntries gets the messages of these ids, all at once; in place of one that isn't told stands why. */
function useEntries(ids: readonly string[]): ReadonlyMap<string, Item> {
  const entries = useSignal<ReadonlyMap<string, Item>>(new Map());
  useEffect(() => {
    const life = new AbortController();
    const get = (id: string): Promise<readonly [string, Item]> =>
      call<Entry>("/decisions/" + encodeURIComponent(id), { signal: life.signal }).then(
        (entry) => [id, { entry }],
        (thrown: unknown) => {
          if (isAbort(thrown)) throw thrown;
          return [id, { gap: asProblem(thrown).message }]; // such as one that is forgotten meanwhile
        },
      );
    void Promise.all(ids.map(get)).then(
      (all) => (entries.value = new Map(all)),
      () => undefined, // overtaken
    );
    return () => life.abort();
  }, [ids]);
  return entries.value;
}
