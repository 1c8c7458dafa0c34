/** Tried is a rule that somebody looked at for a while. It holds no message. */
export interface Tried {
  readonly source: string;
  readonly methods: readonly string[];
  /** When, in milliseconds since 1970. */
  readonly at: number;
}

const most = 50;
const longest = 16_384; // characters of a rule that is worth keeping

/** remembered puts a rule before those that were tried earlier: each once, the last 50. */
export function remembered(list: readonly Tried[], rule: Tried): Tried[] {
  if (rule.source.trim() === "" || rule.source.length > longest) return [...list];
  return [rule, ...list.filter((t) => t.source !== rule.source)].slice(0, most);
}

/** restored reads what was stored, whatever anybody has made of it. */
export function restored(stored: string | null): Tried[] {
  let list: unknown;
  try {
    list = JSON.parse(stored ?? "[]");
  } catch {
    return [];
  }
  return Array.isArray(list) ? list.filter(isTried).slice(0, most) : [];
}

function isTried(t: unknown): t is Tried {
  if (typeof t !== "object" || t === null || !("source" in t) || !("at" in t) || !("methods" in t)) return false;
  const { source, at, methods } = t;
  return typeof source === "string" && typeof at === "number" &&
    Array.isArray(methods) && methods.every((m) => typeof m === "string");
}
