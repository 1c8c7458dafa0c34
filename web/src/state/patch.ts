// Unified diffs of texts by lines, as git apply takes them.

/** Hunk is a place where two texts differ, with lines around it: " " in both, "-" in the old, "+" in the new one. */
export interface Hunk {
  readonly oldFrom: number; // lines from 1
  readonly newFrom: number;
  readonly lines: readonly string[];
}

/** linesOf cuts a text behind each line break. */
const linesOf = (text: string): string[] => text.match(/[^\n]*\n|[^\n]+$/g) ?? [];

/** marked lists all lines of both texts in order, each behind its mark (Myers, 1986: as few changes as can be). */
export function marked(old: string, now: string): string[] {
  const [a, b] = [linesOf(old), linesOf(now)];
  let head = 0;
  while (head < a.length && head < b.length && a[head] === b[head]) head++;
  let tail = 0;
  while (tail < a.length - head && tail < b.length - head && a[a.length - 1 - tail] === b[b.length - 1 - tail]) tail++;
  const middle = script(a.slice(head, a.length - tail), b.slice(head, b.length - tail));
  const same = (l: string): string => " " + l;
  return [...a.slice(0, head).map(same), ...middle, ...a.slice(a.length - tail).map(same)];
}

// mostSteps bounds the work for texts that have little in common; then the old one goes as a whole.
const mostSteps = 1000;

function script(a: readonly string[], b: readonly string[]): string[] {
  const furthest = new Map<number, number>([[1, 0]]);
  const trace: Map<number, number>[] = [];
  for (let d = 0; d <= Math.min(a.length + b.length, mostSteps); d++) {
    trace.push(new Map(furthest));
    for (let k = -d; k <= d; k += 2) {
      const down = k === -d || (k !== d && (furthest.get(k - 1) ?? 0) < (furthest.get(k + 1) ?? 0));
      let x = down ? (furthest.get(k + 1) ?? 0) : (furthest.get(k - 1) ?? 0) + 1;
      while (x < a.length && x - k < b.length && a[x] === b[x - k]) x++;
      furthest.set(k, x);
      if (x >= a.length && x - k >= b.length) return walkBack(a, b, trace);
    }
  }
  return [...a.map((l) => "-" + l), ...b.map((l) => "+" + l)];
}

function walkBack(a: readonly string[], b: readonly string[], trace: readonly Map<number, number>[]): string[] {
  const back: string[] = [];
  let [x, y] = [a.length, b.length];
  for (let d = trace.length - 1; d >= 0; d--) {
    const v = trace[d] ?? new Map<number, number>();
    const k = x - y;
    const down = k === -d || (k !== d && (v.get(k - 1) ?? 0) < (v.get(k + 1) ?? 0));
    const fromX = v.get(down ? k + 1 : k - 1) ?? 0;
    const fromY = fromX - (down ? k + 1 : k - 1);
    while (x > Math.max(fromX, 0) && y > Math.max(fromY, 0)) {
      back.push(" " + (a[--x] ?? ""));
      y--;
    }
    if (d === 0) break;
    if (down) back.push("+" + (b[--y] ?? ""));
    else back.push("-" + (a[--x] ?? ""));
  }
  return back.reverse();
}

/** hunks are the places where two texts differ, each with up to around lines before and behind it. */
export function hunks(old: string, now: string, around = 3): Hunk[] {
  const all = marked(old, now);
  const found: Hunk[] = [];
  let [oldLine, newLine] = [1, 1];
  for (let i = 0; i < all.length; ) {
    if (all[i]?.startsWith(" ")) {
      [i, oldLine, newLine] = [i + 1, oldLine + 1, newLine + 1];
      continue;
    }
    const from = Math.max(0, i - around);
    let last = i;
    for (let n = i; n < all.length && n - last <= 2 * around; n++) if (!all[n]?.startsWith(" ")) last = n;
    const lines = all.slice(from, Math.min(all.length, last + around + 1));
    found.push({ oldFrom: oldLine - (i - from), newFrom: newLine - (i - from), lines });
    for (const line of all.slice(i, from + lines.length)) {
      if (!line.startsWith("+")) oldLine++;
      if (!line.startsWith("-")) newLine++;
    }
    i = from + lines.length;
  }
  return found;
}

/**
 * patch writes the difference of two texts of one file; empty where there is none. It names the file alone: git apply
 * takes it in the folder that the file is in, here or in a repository.
 */
export function patch(path: string, old: string, now: string): string {
  const name = path.split("/").at(-1);
  const body = hunks(old, now).map((h) => {
    const count = (other: string): number => h.lines.filter((l) => !l.startsWith(other)).length;
    const range = (from: number, n: number): string => `${n === 0 ? from - 1 : from},${n}`;
    const lines = h.lines.map((l) => (l.endsWith("\n") ? l : l + "\n\\ No newline at end of file\n"));
    return `@@ -${range(h.oldFrom, count("+"))} +${range(h.newFrom, count("-"))} @@\n${lines.join("")}`;
  });
  return body.length === 0 ? "" : `--- a/${name}\n+++ b/${name}\n${body.join("")}`;
}
