// Where rules stand in a configuration's YAML, line by line.
import type { Lines } from "./configplace";

/** RuleText is the JavaScript of a matchFunc: from a line and column on, up to before another. Columns count from 0. */
export interface RuleText {
  readonly first: number;
  readonly from: number;
  readonly last: number;
  readonly to: number;
}

const rule = /^( *(?:- +)*)(matchFunc: *)(.*)$/;
const longest = 400; // lines of a rule that are looked at

const indentOf = (text: string): number => (text.trim() === "" ? Infinity : text.search(/[^ ]/));

/** ruleAround finds the rule that a line is a part of; null where it is of none, or hides behind YAML's escapes. */
export function ruleAround(lines: Lines, n: number): RuleText | null {
  let least = Infinity; // the leftmost column of what stands below
  for (let k = n; k > 0 && n - k < longest && least > 0; k--) {
    const text = lines.at(k);
    const m = rule.exec(text);
    const column = (m?.[1] ?? "").length;
    if (m !== null) return column < least ? ruleAt(lines, k, column, column + (m[2] ?? "").length) : null;
    least = Math.min(least, indentOf(text));
  }
  return null;
}

/** ruleAt is the rule whose key stands at a column of line k, and whose value at another. */
function ruleAt(lines: Lines, k: number, column: number, from: number): RuleText | null {
  let last = k;
  for (let n = k + 1; n <= lines.count && n - k < longest; n++) {
    const indent = indentOf(lines.at(n));
    if (indent <= column) break;
    if (indent < Infinity) last = n;
  }
  const value = lines.at(k).slice(from);
  const end = lines.at(last);
  const quote = value[0] ?? "";
  if (quote === "|" || quote === ">") return last === k ? null : { first: k + 1, from: 0, last, to: end.length };
  if (quote !== '"' && quote !== "'") {
    const comment = end.search(/\s#/);
    return { first: k, from, last, to: comment < 0 ? end.length : comment };
  }
  const to = end.lastIndexOf(quote);
  let inside = last === k ? value.slice(1, to - from) : value.slice(1);
  for (let n = k + 1; n <= last; n++) inside += "\n" + lines.at(n).slice(0, n === last ? to : undefined);
  return to < from + 1 && last === k || inside.includes(quote === '"' ? "\\" : "''")
    ? null
    : { first: k, from: from + 1, last, to };
}
