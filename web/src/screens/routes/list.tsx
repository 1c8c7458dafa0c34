import { now } from "../../api/clock";
import type { Overlaps, Rule } from "../../api/api.gen";
import { useKeys } from "../../parts/keys";
import { Rows, type Row } from "../../parts/rows";
import { ago, count } from "../../parts/time";
import { notes } from "../../rule/notes";
import { address, go } from "../../state/route";
import { pace, type Order, type RuleTable } from "../../state/ruletable";
import { spark } from "../../state/failures";

interface RuleListProps {
  table: RuleTable;
  order: Order;
  chosen: string;
  overlaps: Overlaps["overlaps"];
  sort: (order: Order) => void;
  choose: (ref: string) => void;
}

/** RuleList is the table of rules; # stays a rule's true position, whatever it is sorted by. */
export function RuleList({ table, order, chosen, overlaps, sort, choose }: RuleListProps) {
  const at = table.total === 0 ? -1 : indexOf(table, chosen);
  const play = (): void => go(address("play", [], { rule: chosen }));
  useKeys(chosen === "" ? [] : [{ keys: "p", does: "open this rule in the Playground", run: play }]);
  const head = (name: string, by: Order, right = false) => (
    <button type="button" tabIndex={-1} class={right ? "right" : ""} onClick={() => sort(by)}>
      {name}
      {order === by ? (by === "index" ? " ▲" : " ▼") : ""}
    </button>
  );
  const sorted = (by: Order, down: boolean) =>
    order === by ? ((down ? "descending" : "ascending") as "descending") : ("none" as const);
  return (
    <Rows
      class="rules"
      label="Rules in the order in which they are asked"
      head={[
        head("#", "index", true),
        "ref",
        "methods",
        "rule",
        <span class="right">a minute</span>,
        head("hits", "hits", true),
        head("last hit", "lastHit", true),
        head("errors", "errors", true),
        "notes",
      ]}
      sorted={[
        sorted("index", false),
        undefined,
        undefined,
        undefined,
        undefined,
        sorted("hits", true),
        sorted("lastHit", true),
        sorted("errors", true),
      ]}
      count={table.total}
      fit
      selected={at}
      select={(i) => choose(table.at(i)?.ref ?? "")}
      open={(i) => go(address("play", [], { rule: table.at(i)?.ref ?? "" }))}
      scrolled={(first, last) => table.need(first, last)}
      row={(i) => row(table.at(i), i, overlaps)}
    />
  );
}

function indexOf(table: RuleTable, ref: string): number {
  if (ref === "") return -1;
  for (let i = 0; i < table.total; i++) if (table.at(i)?.ref === ref) return i;
  return -1;
}

/** overOf is the overlap of a rule that counts most. */
export function overOf(rule: Rule, overlaps: Overlaps["overlaps"]) {
  const own = overlaps.filter((o) => o.rule === rule.index).sort((a, b) => b.count - a.count)[0];
  return own === undefined ? undefined : { ref: own.overRef, count: own.count, of: own.of };
}

function row(rule: Rule | undefined, index: number, overlaps: Overlaps["overlaps"]): Row {
  if (rule === undefined) return { key: index, cells: ["", "…"] };
  const found = notes(
    rule,
    overOf(rule, overlaps),
  );
  const first = found[0];
  const source = shortened(rule.matchFunc);
  return {
    key: rule.ref,
    kind: first?.kind === "error" ? "error" : "",
    cells: [
      <span class="right">
        {first?.kind === "error" ? "✕ " : ""}
        {count(rule.index + 1)}
      </span>,
      <bdi>{rule.ref}</bdi>,
      <span title={rule.methods.join(", ")}>{methods(rule.methods)}</span>,
      <code title={rule.matchFunc}>
        <bdi>{source}</bdi>
      </code>,
      <PerMinute rule={rule} />,
      <span class="right">{count(rule.hits)}</span>,
      <span class="right">
        {rule.lastHit === null ? "never" : ago(rule.lastHit, new Date(now()))}
      </span>,
      <span class="right">{count(rule.errors)}</span>,
      <span title={found.map((n) => n.long).join("\n")}>{found.map((n) => n.short).join(" · ")}</span>,
    ],
  };
}

/** PerMinute is how often a rule took a message in the last minute, with a line that shows when. */
function PerMinute({ rule }: { rule: Rule }) {
  const often = pace.perMinute(rule);
  if (often === undefined) return <span class="right muted">…</span>;
  return (
    <span class="right pace">
      <span class="mono" aria-hidden="true">{spark(pace.steps(rule), 6)}</span>{" "}
      {often > 0 && often < 9.95 ? often.toFixed(1) : count(often)}
    </span>
  );
}

/** shortened is a rule on one line, without what all rules begin their paths with. The whole is in its tooltip. */
const shortened = (rule: string): string =>
  rule.replace(/\s+/g, " ").replace(/^req => /, "").replace(/\breq\.(?:message\.)?|\??\.address(?=\??\.uri\b)/g, "");

const methods = (list: readonly string[]): string =>
  list.length <= 3 ? list.join(" ") : `${list.slice(0, 2).join(" ")} +${list.length - 2}`;
