// Where the processors stand in a configuration's YAML. It reads block style, which is how people write lists of
// processors; what it doesn't understand it doesn't find, and then a rule is edited in the whole text.

/** A value in the text, UTF-16 units; indent is that of its key. */
export interface Scalar {
  readonly from: number;
  readonly to: number;
  readonly indent: number;
}

/** One processor: its lines, and the values of its keys. */
export interface Item {
  readonly ref: string;
  /** Its first line with the comments above it, and the end of its last line's break. */
  readonly from: number;
  readonly to: number;
  readonly keys: ReadonlyMap<string, Scalar>;
}

interface Line {
  readonly from: number;
  readonly text: string;
  readonly indent: number; // -1 of a line without content
}

function linesOf(text: string): Line[] {
  const lines: Line[] = [];
  for (let from = 0; from < text.length; ) {
    const end = text.indexOf("\n", from);
    const next = end < 0 ? text.length : end + 1;
    const line = text.slice(from, next).replace(/\r?\n$/, "");
    const indent = /^ *(#|$)/.test(line) ? -1 : line.search(/[^ ]/);
    lines.push({ from, text: line, indent });
    from = next;
  }
  return lines;
}

/** processors finds the items of spec.processors in the order of the text; none where it isn't in block style. */
export function processors(text: string): Item[] {
  const lines = linesOf(text);
  const head = lines.findIndex((l) => /^ +processors:\s*(#.*)?$/.test(l.text));
  const key = lines[head];
  if (key === undefined) return [];
  let begin = head + 1;
  while (begin < lines.length && (lines[begin]?.indent ?? 0) < 0) begin++;
  const dash = lines[begin]?.indent ?? -1;
  if (dash < key.indent || !isItem(lines[begin], dash)) return [];
  const starts: number[] = [];
  let end = begin;
  for (; end < lines.length; end++) {
    const line = lines[end];
    if (line === undefined || (line.indent >= 0 && line.indent < dash)) break;
    if (line.indent === dash && !isItem(line, dash)) break;
    if (line.indent === dash) starts.push(end);
  }
  while (end > begin && (lines[end - 1]?.indent ?? 0) < 0) end--; // comments behind the last one are no part of it
  return starts.map((start, i) => item(text, lines, withComments(lines, start, head), i, starts, end, head));
}

const isItem = (line: Line | undefined, dash: number): boolean =>
  line !== undefined && line.indent === dash && /^- +[^\s#]/.test(line.text.slice(dash));

// withComments is the first of the comment lines that stand right above a line.
function withComments(lines: readonly Line[], start: number, head: number): number {
  let first = start;
  while (first - 1 > head && /^ *#/.test(lines[first - 1]?.text ?? "")) first--;
  return first;
}

function item(
  text: string, lines: readonly Line[], first: number, i: number, starts: readonly number[], end: number, head: number,
): Item {
  const start = starts[i] ?? first;
  const next = starts[i + 1];
  const last = next === undefined ? end : withComments(lines, next, head);
  const line = lines[start];
  const inner = (line?.indent ?? 0) + 1 + (/^-( +)/.exec(line?.text.slice(line.indent) ?? "")?.[1]?.length ?? 1);
  const keys = new Map<string, Scalar>();
  for (let n = start; n < last; n++) {
    const l = lines[n];
    if (l === undefined || (n !== start && l.indent !== inner)) continue;
    const m = /^([A-Za-z]+):(?:\s+|$)/.exec(l.text.slice(inner));
    if (m?.[1] === undefined) continue;
    const from = l.from + inner + m[0].length;
    keys.set(m[1], { from, to: scalarEnd(text, lines, n, from, inner), indent: inner });
  }
  const ref = keys.get("ref");
  return {
    ref: ref === undefined ? "" : value(text.slice(ref.from, ref.to)),
    from: lines[first]?.from ?? 0,
    to: lines[last]?.from ?? text.length,
    keys,
  };
}

// scalarEnd is behind the value's last character. Lines that are indented deeper than the key go on with it.
function scalarEnd(text: string, lines: readonly Line[], n: number, from: number, indent: number): number {
  const quote = text[from];
  if (quote === '"' || quote === "'") {
    const rest = text.slice(from);
    const m = quote === '"' ? /^"(?:[^"\\]|\\[^])*"/.exec(rest) : /^'(?:[^']|'')*'/.exec(rest);
    if (m !== null) return from + m[0].length;
  }
  let last = n;
  const block = quote === "|" || quote === ">";
  for (let k = n + 1; k < lines.length; k++) {
    const l = lines[k];
    if (l === undefined) break;
    const element = text.slice(from, from + 1).trim() === "" && l.indent === indent && l.text[indent] === "-";
    if (l.indent >= 0 && l.indent <= indent && !element) break;
    if (block && /^ *#/.test(l.text) && l.text.search(/#/) <= indent) break;
    if (l.indent >= 0 || (block && /^ *#/.test(l.text))) last = k;
  }
  const line = lines[last];
  if (line === undefined) return from;
  const content = block && last > n ? line.text : line.text.replace(/\s+#.*$/, "");
  return Math.max(from, line.from + content.trimEnd().length);
}

/** value reads a value that stands on one line: plain or in quotes. */
export function value(written: string): string {
  const s = written.trim();
  if (s.startsWith("'")) return s.slice(1, -1).replaceAll("''", "'");
  if (!s.startsWith('"')) return s;
  try {
    return String(JSON.parse(s));
  } catch {
    return s.slice(1, -1); // an escape that YAML has and JSON hasn't
  }
}
