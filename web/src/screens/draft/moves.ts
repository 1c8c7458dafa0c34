import type { Impact } from "../../api/api.gen";
import { count, many } from "../../parts/time";

/** moves says what a draft's change of one rule does to recorded messages; nothing where none are recorded. */
export function moves(impact: Impact | undefined, ref: string): string {
  if (impact === undefined || impact.messages === 0) return "";
  const sum = (of: readonly { count: number }[]): number => of.reduce((n, m) => n + m.count, 0);
  const own = (f: { ref?: string; error: string }): boolean =>
    f.ref === ref || f.error.startsWith(`matchFunc of processor ref = ${ref}:`);
  const parts = [
    ["gains", sum(impact.moves.filter((m) => m.to === ref))],
    ["loses", sum(impact.moves.filter((m) => m.from === ref))],
    ["fails no more on", sum(impact.fixedErrors.filter(own))],
    ["newly fails on", sum(impact.newErrors.filter(own))],
  ] as const;
  const said = parts.filter(([, n]) => n > 0).map(([what, n]) => `${what} ${count(n)}`);
  return ` · ${said.join(", ") || "changes nothing"} of ${many(impact.messages, "recorded message")}`;
}
