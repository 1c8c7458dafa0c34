// Where a cursor is in a configuration's YAML: in block style, line by line, as people type it.

/** Lines are those of a text, counted from 1. */
export interface Lines {
  readonly count: number;
  readonly at: (n: number) => string;
}

/** ConfigPlace is what stands at a cursor: a key or a value, below some keys. */
export interface ConfigPlace {
  readonly kind: "key" | "value";
  /** The keys from the top to what a key belongs to, or to the key whose value it is. A list is no step of it. */
  readonly path: readonly string[];
  /** The column, from 0, at which what is completed begins; and that of the key. */
  readonly from: number;
  readonly indent: number;
  /** The keys beside it. */
  readonly beside: ReadonlySet<string>;
}

const farthest = 100_000; // lines that are looked at for the keys above
const line = /^( *)((?:- +)*)(?:([\w-]+):(?= |$)(.*))?/;

interface Read {
  readonly dash: number; // the column of its first dash, or of its key
  readonly key: number; // the column of its key
  readonly name: string; // empty where it has none
  readonly value: string;
}

/** read is what a line has; undefined where it is empty or a comment. */
function read(text: string): Read | undefined {
  if (/^\s*(#|$)/.test(text)) return undefined;
  const [, space = "", dashes = "", name = "", rest = ""] = line.exec(text) ?? [];
  return { dash: space.length, key: space.length + dashes.length, name, value: rest.trim() };
}

/** configPlace finds where a cursor is, behind so many characters of a line; null in a comment or a longer text. */
export function configPlace(lines: Lines, n: number, column: number): ConfigPlace | null {
  const before = lines.at(n).slice(0, column);
  if (/(^|\s)#/.test(before)) return null;
  const key = /^( *)((?:- +)*)([\w-]*)$/.exec(before);
  if (key !== null) {
    const [, space = "", dashes = "", name = ""] = key;
    const indent = space.length + dashes.length;
    const limit = dashes === "" ? indent : space.length + 1;
    return { kind: "key", path: above(lines, n, limit), from: column - name.length, indent,
      beside: beside(lines, n, indent, dashes !== "") };
  }
  const at = read(before);
  if (at === undefined || at.name === "") return null;
  const typed = /[^\s,[\]"']*$/.exec(before)?.[0] ?? "";
  const path = above(lines, n, at.dash === at.key ? at.key : at.dash + 1);
  return { kind: "value", path: [...path, at.name], from: column - typed.length, indent: at.key, beside: new Set() };
}

/** above lists the keys that a line belongs to whose own column, or dash, is left of limit. */
function above(lines: Lines, n: number, limit: number): string[] {
  const path: string[] = [];
  for (let k = n - 1; k > 0 && limit > 0 && n - k < farthest; k--) {
    const l = read(lines.at(k));
    if (l === undefined || l.key >= limit) {
      if (l !== undefined && l.dash < limit && l.dash < l.key) limit = Math.min(limit, l.dash + 1);
      continue;
    }
    if (l.name !== "") path.unshift(l.name);
    limit = l.dash === l.key ? l.key : l.dash + 1;
  }
  return path;
}

/** beside lists the keys of the same mapping: those at the same column, up to where it begins and ends. */
function beside(lines: Lines, n: number, indent: number, begins: boolean): Set<string> {
  const found = new Set<string>();
  for (const by of [-1, 1]) {
    for (let k = n + by; k > 0 && k <= lines.count && Math.abs(n - k) < 500; k += by) {
      if (begins && by < 0) break;
      const l = read(lines.at(k));
      if (l === undefined || l.dash > indent) continue;
      if (l.key < indent || (l.dash < indent && by > 0)) break;
      if (l.key === indent) found.add(l.name);
      if (l.dash < indent) break;
    }
  }
  return found;
}
