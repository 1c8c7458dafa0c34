import type { Stats } from "../api/api.gen";

const most = 900; // points: a quarter of an hour

/** endOf is when the last point ends, in milliseconds. */
export const endOf = (of: Stats): number => Date.parse(of.from) + of.series.messages.length * of.step * 1000;

/** join puts newer points behind those that are there; undefined where they don't follow, as after a restart. */
export function join(have: Stats, more: Stats): Stats | undefined {
  const n = more.series.messages.length;
  if (more.step !== have.step || (n > 0 && Date.parse(more.from) !== endOf(have))) return undefined;
  const known = have.series.messages.length;
  const drop = Math.max(0, known + n - most);
  const both = <T>(a: readonly T[], b: readonly T[]): T[] => [...a, ...b].slice(drop);
  const [a, b] = [have.series, more.series];
  const none = (length: number): number[] => Array<number>(length).fill(0);
  const codes = new Set([...Object.keys(a.byCode), ...Object.keys(b.byCode)]);
  const begin = Date.parse(have.from) + drop * have.step * 1000;
  const epochs = [...have.epochs.filter((e) => !more.epochs.some((m) => m.at === e.at)), ...more.epochs];
  const byCode = [...codes].map((c) => [c, both(a.byCode[c] ?? none(known), b.byCode[c] ?? none(n))] as const);
  return {
    step: have.step,
    from: new Date(begin).toISOString(),
    epochs: epochs.filter((_, i) => Date.parse(epochs[i + 1]?.at ?? "9999-12-31") > begin), // and the one before
    series: {
      byCode: Object.fromEntries(byCode.filter(([, values]) => values.some((v) => v > 0))),
      failed: both(a.failed, b.failed),
      inFlight: both(a.inFlight, b.inFlight),
      matchP99Ns: both(a.matchP99Ns, b.matchP99Ns),
      messages: both(a.messages, b.messages),
      p50Ns: both(a.p50Ns, b.p50Ns),
      p99Ns: both(a.p99Ns, b.p99Ns),
    },
  };
}
