import type { Stats } from "../api/api.gen";
import { call, query } from "../api/call";
import { endOf, join } from "./points";

/** statsPath is the call that has all points of a quarter of an hour. */
export const statsPath = "/stats?window=15m";

/** askStats asks for all points, or for those that came since there are some. */
export async function askStats(have: Stats | undefined, signal: AbortSignal): Promise<Stats> {
  if (have !== undefined && have.step === 1) {
    const after = new Date(endOf(have)).toISOString();
    const joined = join(have, await call<Stats>(query("/stats", { window: "15m", after }), { signal }));
    if (joined !== undefined) return joined;
  }
  return call<Stats>(statsPath, { signal });
}
