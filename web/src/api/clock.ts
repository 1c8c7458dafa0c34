// The dispatcher's clock, by the Date header of its answers: a wrong clock in the browser moves nothing.

let ahead = 0; // milliseconds that the dispatcher's clock is ahead of ours
let known = false;

/** noteDate learns from a response how late it is there. Date has whole seconds, so less than that isn't corrected. */
export function noteDate(response: Response): void {
  const date = Date.parse(response.headers.get("Date") ?? "");
  if (Number.isNaN(date)) return;
  const off = date - Date.now();
  if (off > 0 || off < -2000) ahead = off;
  else if (!known) ahead = 0;
  known = true;
}

/** now returns the dispatcher's time, in milliseconds since 1970. */
export const now = (): number => Date.now() + ahead;
