import type { Explanation } from "../../api/api.gen";
import type { Entry } from "../../api/entry";
import { First } from "../../parts/panel";
import { CopyCurl } from "../../parts/copy";
import { useLoad, type Loaded } from "../../state/load";
import { address } from "../../state/route";
import { RuleRow, type Rule } from "./rulerow";


const question = (id: string, rules: "decisive" | "all") => ({
  method: "POST" as const,
  body: { message: { decision: id }, rules, near: 3, evaluateAll: true },
});

/** Why says which rules mattered: the one that took the message, those that failed, and the nearest that said no. */
export function Why({ entry }: { entry: Entry }) {
  const loaded = useLoad<Explanation>("/route/explain", question(entry.id, "decisive"));
  return <Explained loaded={loaded} entry={entry} show={decisive} />;
}

/** Verdicts lists the rules in their order, each with what it said. */
export function Verdicts({ entry }: { entry: Entry }) {
  const loaded = useLoad<Explanation>("/route/explain", question(entry.id, "all"));
  return <Explained loaded={loaded} entry={entry} show={(x) => x.rules} />;
}

// decisive are the rules that mattered, those that failed first.
const decisive = (x: Explanation): Rule[] => {
  const own = x.rules.filter((r) => matters(r, x));
  return [...own.filter((r) => r.outcome === "error"), ...own.filter((r) => r.outcome !== "error")];
};

const matters = (r: Rule, x: Explanation): boolean =>
  r.outcome === "error" || r.ref === x.processor || (x.processor === "" && r.methodAccepted) || (r.flips ?? 9) <= 1;

function Explained({
  loaded,
  entry,
  show,
}: {
  loaded: Loaded<Explanation>;
  entry: Entry;
  show: (x: Explanation) => Rule[];
}) {
  const x = loaded.data.value;
  if (x === undefined) {
    return (
      <>
        {loaded.problem.value !== null && entry.messageKept === false ? (
          <p>The message wasn't kept, so nobody can ask the rules about it again.</p>
        ) : null}
        <First loaded={loaded} />
      </>
    );
  }
  const rules = show(x);
  return (
    <>
      <Honesty entry={entry} x={x} />
      {rules.length === 0 ? (
        <p>No rule takes {entry.method}: none lists that method.</p>
      ) : (
        <table class="verdicts">
          <thead>
            <tr>
              <th class="number">#</th>
              <th>rule</th>
              <th>verdict</th>
              <th>because</th>
              <th class="number c-took">took</th>
            </tr>
          </thead>
          <tbody>
            {rules.map((r, i) => (
              <RuleRow key={i} rule={r} x={x} at={r.index ?? i} />
            ))}
          </tbody>
        </table>
      )}
      <p class="muted">
        {others(x)} <CopyCurl path={loaded.path} options={loaded.options} />
      </p>
    </>
  );
}

// Honesty says where this answer may not be what traffic got.
function Honesty({ entry, x }: { entry: Entry; x: Explanation }) {
  const masked = x.maskedReads ?? [];
  const changed = entry.changedBy ?? [];
  return (
    <>
      {x.of === undefined ? null : (
        <p class="caution">
          ⚠ Explained by epoch {x.epoch}: the rules of epoch {x.of}, which decided it, aren't kept any more.
        </p>
      )}
      {x.now === undefined ? null : (
        <p class="caution">
          Today it would{" "}
          {x.now.selected === null ? (
            `end with ${x.now.code}`
          ) : (
            <>
              go to <bdi>{x.now.selected}</bdi>
            </>
          )}{" "}
          (<a href={address("config")}>epoch {x.now.epoch}</a>).
        </p>
      )}
      {masked.map((m) => (
        <p key={m.ref} class="caution">
          ⚠ Rule <bdi>{m.ref}</bdi> reads what is masked here (<code>{m.paths.join(", ")}</code>): its answer may be
          another one in traffic.
        </p>
      ))}
      {changed.length === 0 ? null : (
        <p class="caution">
          ⚠ {changed.join(", ")} changed the message before the rules saw it: they may have answered otherwise.
        </p>
      )}
    </>
  );
}

function others(x: Explanation): string {
  const counts = Object.entries(x.counts ?? {}).filter(([, n]) => (n ?? 0) > 0);
  if (counts.length === 0) return "";
  const words: Record<string, string> = {
    "no-match": "said no",
    methods: "don't take the method",
    "not-tried": "weren't asked",
    match: "match",
    error: "failed",
  };
  return "Of the others " + counts.map(([name, n]) => `${n} ${words[name] ?? name}`).join(", ") + ".";
}

