// Writes values into a configuration's YAML. Everything else in the text stays as it is, comments and order included.
import { processors, type Item, type Scalar } from "./yaml";

/** written is a text as a YAML value for a key with this indentation: plain where that can't be read as anything else,
 * a literal block over several lines, quotes otherwise. */
export function written(text: string, indent: number, newline: string): string {
  const lines = text.split(/\r?\n/);
  const printable = !/[^\x20-\x7e\u{a0}-\u{d7ff}\u{e000}-\u{fffd}\u{10000}-\u{10ffff}\n\r]/u.test(text);
  if (printable && lines.length > 1 && text === text.trim() && lines.every((l) => l === l.trimEnd())) {
    const pad = " ".repeat(indent + 2);
    return "|-" + lines.map((l) => newline + (l === "" ? "" : pad + l)).join("");
  }
  if (!printable || lines.length > 1) return JSON.stringify(text);
  const plain = /^[A-Za-z(_$][^#]*$/.test(text) && !/:(\s|$)|\s#|\s$/.test(text);
  return plain && !/^(true|false|null|yes|no|on|off|y|n)$/i.test(text) ? text : `'${text.replaceAll("'", "''")}'`;
}

/** Edit is a change of one processor. Undefined members stay as they are. */
export interface Edit {
  readonly matchFunc?: string;
  readonly methods?: readonly string[];
}

/** change writes a processor's new values. It is undefined where the text's style hides where they stand. */
export function change(text: string, ref: string, edit: Edit): string | undefined {
  const item = find(text, ref);
  if (item === undefined) return undefined;
  const newline = breakOf(text);
  const parts: [Scalar, string][] = [];
  const rule = item.keys.get("matchFunc");
  const methods = item.keys.get("methods");
  if (edit.matchFunc !== undefined) {
    if (rule === undefined) return undefined;
    parts.push([rule, written(edit.matchFunc, rule.indent, newline)]);
  }
  if (edit.methods !== undefined) {
    if (methods === undefined) return undefined;
    const own = text.slice(methods.from, methods.to).includes("\n"); // as a list of lines
    parts.push([methods, own ? listed(edit.methods, methods.indent, newline) : `[${edit.methods.join(", ")}]`]);
  }
  parts.sort((a, b) => b[0].from - a[0].from);
  return parts.reduce((t, [at, value]) => put(t, at, value), text);
}

// put writes a value in another's place. A comment behind it stays behind the first line: below a | it would be text.
function put(text: string, at: Scalar, value: string): string {
  const behind = /^[ \t]+#[^\r\n]*/.exec(text.slice(at.to))?.[0] ?? "";
  const within = /^[|>]\S*([ \t]+#[^\r\n]*)/.exec(text.slice(at.from, at.to))?.[1] ?? "";
  const head = /^[^\r\n]*/.exec(value)?.[0] ?? "";
  return text.slice(0, at.from) + head + within + behind + value.slice(head.length) + text.slice(at.to + behind.length);
}

const listed = (methods: readonly string[], indent: number, newline: string): string =>
  methods.map((m) => newline + " ".repeat(indent + 2) + "- " + m).join("");

/** reorder writes the processors in another order, each with the comments above it. Those that refs doesn't name stay
 * where they are, and the others share the places that are left. */
export function reorder(text: string, refs: readonly string[]): string {
  const items = processors(text);
  const named = refs.flatMap((ref) => items.find((p) => p.ref === ref) ?? []);
  const order = items.map((p) => (refs.includes(p.ref) ? named.shift() : undefined) ?? p);
  const [first, last] = [items[0], items.at(-1)];
  if (first === undefined || last === undefined) return text;
  const newline = breakOf(text);
  const whole = order.map((p) => text.slice(p.from, p.to)).map((t) => (t.endsWith("\n") ? t : t + newline)).join("");
  const ends = text.slice(first.from, last.to).endsWith("\n");
  return text.slice(0, first.from) + (ends ? whole : whole.slice(0, -newline.length)) + text.slice(last.to);
}

/** moveTo puts a processor at another place, counted from 0. */
export function moveTo(text: string, ref: string, index: number): string | undefined {
  const refs = processors(text).map((p) => p.ref);
  const is = refs.indexOf(ref);
  if (is < 0 || index < 0 || index >= refs.length) return undefined;
  refs.splice(index, 0, ...refs.splice(is, 1));
  return reorder(text, refs);
}

/** move puts a processor one place up (-1) or down (+1). */
export function move(text: string, ref: string, by: -1 | 1): string | undefined {
  return moveTo(text, ref, processors(text).findIndex((p) => p.ref === ref) + by);
}

/** swap has two processors change places; undefined where one isn't found. */
export function swap(text: string, a: string, b: string): string | undefined {
  const refs = processors(text).map((p) => p.ref);
  const [is, other] = [refs.indexOf(a), refs.indexOf(b)];
  if (is < 0 || other < 0) return undefined;
  return reorder(text, refs.map((ref, i) => (i === is ? b : i === other ? a : ref)));
}

/** Rule is what a new processor needs. */
export interface Rule {
  readonly ref: string;
  readonly addr: string;
  readonly methods: readonly string[];
  readonly matchFunc: string;
}

/** insert writes a new processor before another one, or behind all where before is undefined. */
export function insert(text: string, rule: Rule, before?: string): string | undefined {
  const items = processors(text);
  const at = before === undefined ? items.at(-1) : items.find((p) => p.ref === before);
  if (at === undefined) return undefined;
  const newline = breakOf(text);
  const inner = at.keys.get("ref")?.indent ?? 6;
  const pad = " ".repeat(inner);
  const lines = [
    `${" ".repeat(Math.max(0, inner - 2))}- ref: ${written(rule.ref, inner, newline)}`,
    `${pad}addr: ${written(rule.addr, inner, newline)}`,
    `${pad}methods: [${rule.methods.join(", ")}]`,
    `${pad}matchFunc: ${written(rule.matchFunc, inner, newline)}`,
  ];
  const block = lines.join(newline) + newline;
  const place = before === undefined ? at.to : at.from;
  const gap = place > 0 && !text.slice(0, place).endsWith("\n") ? newline : "";
  return text.slice(0, place) + gap + block + text.slice(place);
}

const find = (text: string, ref: string): Item | undefined => processors(text).find((p) => p.ref === ref);
const breakOf = (text: string): string => (/\r\n/.test(text) ? "\r\n" : "\n");
