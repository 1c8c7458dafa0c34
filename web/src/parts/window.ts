/** The most rows that a list has in the page at once, however high the window is. */
export const mostRows = 60;

const around = 4; // rows beyond what is seen, so that scrolling finds them there

/** windowOf says which rows are in the page: from first to before last. Measures are in CSS pixels. */
export function windowOf(top: number, room: number, row: number, count: number): { first: number; last: number } {
  const seen = Math.ceil(room / row) + 1;
  const wanted = Math.min(mostRows, seen + 2 * around);
  const at = Math.floor(Math.max(0, top) / row) - Math.max(0, Math.floor((wanted - seen) / 2));
  const first = Math.max(0, Math.min(at, count - wanted));
  return { first, last: Math.min(count, first + wanted) };
}

/** Key names what a row shows. */
export type Key = string | number;

/**
 * places says which element shows which row: a row that was there keeps its element, and one that comes takes that of
 * one that went, so that a list that runs past changes texts instead of making elements.
 */
export function places(before: ReadonlyMap<Key, number>, keys: readonly Key[]): Map<Key, number> {
  const now = new Map<Key, number>();
  for (const key of keys) {
    const kept = before.get(key);
    if (kept !== undefined) now.set(key, kept);
  }
  const taken = new Set(now.values());
  let free = 0;
  for (const key of keys) {
    if (now.has(key)) continue;
    while (taken.has(free)) free++;
    now.set(key, free++);
  }
  return now;
}
