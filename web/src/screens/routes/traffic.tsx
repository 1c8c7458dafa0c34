import type { Evaluated, Rule, Tried } from "../../api/api.gen";
import { now } from "../../api/clock";
import { Bar } from "../../parts/bar";
import { CopyCurl } from "../../parts/copy";
import type { Outcome } from "../../parts/glyph";
import { OnlyHere } from "../../parts/onlyhere";
import { First, Refused } from "../../parts/panel";
import { Seen } from "../../parts/seen";
import { count, many, span } from "../../parts/time";
import { useLoad } from "../../state/load";

const words: Record<Outcome, string> = {
  match: "match",
  "no-match": "no match",
  error: "error",
  "not-tried": "of other methods",
};

/** Traffic is what recorded messages give for a rule and for each of its parts: it shows what throws them away. */
export function Traffic({ rule }: { rule: Rule }) {
  const { ref, methods, matchFunc } = rule;
  const loaded = useLoad<Evaluated>("/rules/evaluate", {
    method: "POST",
    body: { matchFunc, methods, replace: { ref }, recorded: { last: 1000 } },
  });
  const tried = loaded.data.value?.recorded;
  if (tried === undefined) return <First loaded={loaded} />;
  if (tried.tried === 0) return <p class="muted">No messages are kept yet, so nothing can be said of its parts.</p>;
  return (
    <div>
      <Refused loaded={loaded} />
      <p>
        <Bar
          worded
          said={words}
          parts={[
            ["match", tried.match],
            ["no-match", tried["no-match"]],
            ["error", tried.error],
            ["not-tried", tried.methods],
          ]}
        />{" "}
        <span class="muted">
          of the last {many(tried.tried, "message")}
          {tried.oldest === undefined ? "" : `, ${span(now() - Date.parse(tried.oldest))}`}; {count(tried.reached)} get
          to it
        </span>{" "}
        <OnlyHere />{" "}
        <button type="button" class="quiet" onClick={loaded.reload}>
          Again
        </button>
        <CopyCurl path={loaded.path} options={loaded.options} />
      </p>
      <Parts operands={tried.operands} />
    </div>
  );
}

const mostParts = 40;

function Parts({ operands }: { operands: Tried["operands"] }) {
  if (operands.length === 0) return null;
  return (
    <table class="parts">
      <thead>
        <tr>
          <th scope="col">part of the rule</th>
          <th scope="col">in traffic</th>
        </tr>
      </thead>
      <tbody>
        {operands.slice(0, mostParts).map((o, i) => (
          <tr key={i}>
            <td>
              <code>
                <bdi>{o.text.length > 80 ? o.text.slice(0, 80) + "…" : o.text}</bdi>
              </code>
            </td>
            <td>
              <Seen traffic={o} />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
