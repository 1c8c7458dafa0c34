// Made-up input for tests: the same seed gives the same numbers, so that what failed can be run again.

/** A source of numbers of at least 0 and below 1 (mulberry32). */
export type Random = () => number;

export function seeded(seed: number): Random {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

/** A whole number of at least 0 and below end. */
export function below(random: Random, end: number): number {
  return Math.floor(random() * end);
}

/** A text of up to length pieces, each one of those given. */
export function textOf(random: Random, pieces: readonly string[], length: number): string {
  let text = "";
  for (let n = below(random, length + 1); n > 0; n--) {
    text += pieces[below(random, pieces.length)] ?? "";
  }
  return text;
}
