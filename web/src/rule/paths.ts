// Reads of req in a rule's text, found without a parser: what stands in a string, a comment or an expression between
// slashes is skipped.

/** Read is a place where a rule reads a part of req. Units are UTF-16. */
export interface Read {
  readonly from: number;
  readonly to: number;
  /** As spans write it: message.via[0].host. The name of a method that is called isn't part of it. */
  readonly path: string;
}

const strings = /"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|`(?:[^`\\]|\\[^])*`/;
const comments = /\/\/[^\n]*|\/\*[^]*?\*\//;
const patterns = /(?<=[(,=:[!&|?{};\s])\/(?![*/])(?:[^/\\\n[]|\\.|\[(?:[^\]\\\n]|\\.)*\])+\/[a-z]*/;
const index = /\[\s*(?:\d+|"[^"\\\n]*"|'[^'\\\n]*')\s*\]/;
const chain = new RegExp(
  `(?<![\\w$.])req((?:\\s*\\??\\.\\s*(?:[A-Za-z_$][\\w$]*|${index.source})|${index.source})+)`,
);
const token = new RegExp([strings, comments, patterns, chain].map((r) => r.source).join("|"), "g");

const step = /\??\.\s*([A-Za-z_$][\w$]*)|(?:\?\.)?\[\s*(?:(\d+)|["']([^"']*)["'])\s*\]/g;

/** readsIn lists the reads of req in a rule, from left to right. */
export function readsIn(source: string): Read[] {
  const found: Read[] = [];
  for (const m of source.matchAll(token)) {
    const chain = m[1];
    if (chain === undefined) continue;
    const begin = m.index + "req".length;
    let steps = [...chain.matchAll(step)];
    const called = /^\s*(?:\?\.)?\s*\(/.test(source.slice(m.index + m[0].length));
    if (called) steps = steps.slice(0, -1);
    const last = steps.at(-1);
    if (last === undefined) continue;
    found.push({
      from: m.index,
      to: begin + last.index + last[0].length,
      path: steps.map(written).join("").slice(1),
    });
  }
  return found;
}

function written(step: RegExpMatchArray): string {
  if (step[2] !== undefined) return "[" + step[2] + "]";
  const name = step[1] ?? step[3] ?? "";
  return /^[A-Za-z_$][\w$]*$/.test(name) ? "." + name : "[" + JSON.stringify(name) + "]";
}

/** stepsOf are the names and indexes that a path leads along. */
export function stepsOf(path: string): string[] {
  return [...path.matchAll(/\["((?:[^"\\]|\\.)*)"\]|\[(\d+)\]|([^.[\]]+)/g)].map((m) => m[1] ?? m[2] ?? m[3] ?? "");
}

/** valueAt is what a path gives in a message; undefined where a part of it isn't there. */
export function valueAt(message: unknown, path: string): unknown {
  let at = message;
  for (const name of stepsOf(path)) {
    if (typeof at !== "object" || at === null || !Object.hasOwn(at, name)) {
      return name === "length" && typeof at === "string" ? at.length : undefined;
    }
    at = (at as Record<string, unknown>)[name];
  }
  return at;
}

/** brief writes a value as JSON, cut to some characters. */
export function brief(value: unknown, most = 60): string {
  const json = value === undefined ? "undefined" : (JSON.stringify(value) ?? "undefined");
  return cut(json, most);
}

/** cut shortens a text to some UTF-16 units, and to no half of a character. */
export function cut(text: string, most: number): string {
  if (text.length <= most) return text;
  const end = /[\ud800-\udbff]/.test(text[most - 2] ?? "") ? most - 2 : most - 1;
  return text.slice(0, end) + "…";
}
