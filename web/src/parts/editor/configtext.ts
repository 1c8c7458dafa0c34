// What stands out in a configuration: YAML's comments, keys and texts, and the JavaScript of its rules.
import { EditorView } from "@codemirror/view";
import type { Text } from "@codemirror/state";
import { tokens } from "../../rule/javascript";
import { ruleAround, type RuleText } from "../../rule/ruletext";
import type { Lines } from "../../rule/configplace";
import type { Painted } from "./colours";

const words = /(^|\s)(#.*)|^(\s*(?:- +)?[\w./-]+:)(?=\s|$)|("(?:[^"\\]|\\.)*"|'(?:[^']|'')*')/g;
const widest = 2000; // characters of a line that are looked at

/** linesOf has an editor's text as lines. */
export const linesOf = (doc: Text): Lines => ({ count: doc.lines, at: (n) => doc.line(n).text });

/** ruleRange is where a rule stands in an editor's text. */
export const ruleRange = (doc: Text, rule: RuleText): { from: number; to: number } => ({
  from: doc.line(rule.first).from + rule.from,
  to: doc.line(rule.last).from + rule.to,
});

/** painted finds what has a colour in what is in view. */
export function painted(view: EditorView): Painted[] {
  const doc = view.state.doc;
  const found: Painted[] = [];
  for (const { from, to } of view.visibleRanges) {
    for (let n = doc.lineAt(from).number; n <= doc.lines && doc.line(n).from <= to; n++) {
      const rule = ruleAround(linesOf(doc), n);
      const range = rule === null ? null : ruleRange(doc, rule);
      found.push(...yaml(doc.line(n).text, doc.line(n).from, range?.from ?? Infinity, range?.to ?? 0));
      if (rule === null || range === null || rule.last < n) continue;
      for (const t of tokens(doc.sliceString(range.from, range.to)))
        found.push({ from: range.from + t.from, to: range.from + t.to, kind: t.kind });
      for (n = rule.first; n < rule.last; n++); // the line behind the rule is next
    }
  }
  return found;
}

/** yaml has what stands out in one line, but for what is between two places: there the rule is. */
function yaml(text: string, at: number, from: number, to: number): Painted[] {
  return [...text.slice(0, widest).matchAll(words)].flatMap((m) => {
    const found = m[2] ?? m[3] ?? m[4] ?? "";
    const begin = at + m.index + (m[2] === undefined ? 0 : (m[1] ?? "").length);
    if (begin + found.length > from && begin < to) return [];
    const kind = m[2] !== undefined ? "comment" : m[3] !== undefined ? "key" : "text";
    return { from: begin, to: begin + found.length, kind } as const;
  });
}
