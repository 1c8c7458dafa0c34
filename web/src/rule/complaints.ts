import type { ConfigProblem, Evaluated } from "../api/api.gen";
import type { Place } from "./places";
import { Places } from "./places";

/** Complaint is a problem under a piece of a rule, with a mend where that is mechanical. Units are UTF-16. */
export interface Complaint {
  readonly from: number;
  readonly to: number;
  readonly severity: "error" | "warning";
  readonly text: string;
  readonly mend?: Mend;
}

/** Mend is a change of the text, by a name that says what it does. */
export interface Mend {
  readonly name: string;
  readonly from: number;
  readonly to: number;
  readonly insert: string;
}

/** mended is a text after a mend; the same where there is none. */
export function mended(text: string, mend: Mend | undefined): string {
  return mend === undefined ? text : text.slice(0, mend.from) + mend.insert + text.slice(mend.to);
}

type Warning = Omit<Evaluated["warnings"][number], "offset" | "to"> & { to?: Place };

/** warnings places the dispatcher's warnings in the rule's text. */
export function warnings(source: string, all: readonly Warning[]): Complaint[] {
  const places = new Places(source);
  return all.map((w) => {
    const from = places.offset(w);
    const to = w.to === undefined ? wordEnd(source, from) : places.offset(w.to);
    const made: Complaint = { from, to, severity: "warning", text: w.message };
    const mend = mendOf(source, from, w.message);
    return mend === undefined ? made : { ...made, mend };
  });
}

/** inConfiguration places what the dispatcher says of a configuration's text. */
export function inConfiguration(text: string, all: readonly ConfigProblem[]): Complaint[] {
  const places = new Places(text);
  return all.map((p) => {
    const from = places.offset(p);
    const word = /^[\w$.-]+|^\S/.exec(text.slice(from, from + 200))?.[0] ?? "";
    const made = { from, to: from + word.length, severity: p.severity, text: `${p.path}: ${p.message}` };
    const mend = mendOf(text, from, p.message);
    return mend === undefined ? made : { ...made, mend };
  });
}

/** failure places why a rule doesn't load, or how it threw; at its end where the engine names no place. */
export function failure(source: string, text: string, at: { line?: number; column?: number }): Complaint {
  const line = at.line ?? 0;
  const places = new Places(source);
  const from = line === 0 ? 0 : places.offset({ line, column: at.column ?? 1 });
  const to = line === 0 ? source.length : wordEnd(source, from);
  return { from: Math.min(from, Math.max(0, to - 1)), to, severity: "error", text };
}

/** wordEnd is where the word at a place ends; at least one character behind it, where there is one. */
function wordEnd(source: string, from: number): number {
  const word = /^(?:"[^"\n]*"|'[^'\n]*'|[\w$]+)/.exec(source.slice(from));
  return Math.min(source.length, from + Math.max(1, word?.[0].length ?? 0));
}

function mendOf(source: string, from: number, message: string): Mend | undefined {
  if (/read from it with \?\.$/.test(message)) {
    const dot = wordEnd(source, from);
    if (source[dot] === ".") return { name: "Use ?.", from: dot, to: dot + 1, insert: "?." };
  }
  const meant = /did you mean ("(?:[^"\\]|\\.)*")\?$/.exec(message)?.[1];
  if (meant === undefined) return undefined;
  const quoted = source[from] === '"' || source[from] === "'";
  return { name: "Change to " + meant, from, to: wordEnd(source, from), insert: quoted ? meant : meant.slice(1, -1) };
}
