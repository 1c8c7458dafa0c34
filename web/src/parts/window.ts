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
