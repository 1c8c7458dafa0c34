// What the plots show of the dispatcher's series.
import type { Stats } from "../../api/api.gen";
import type { Data } from "../../parts/plot/index";

/** outcomes are the parts of all messages, a second. */
export function outcomes(stats: Stats): Data {
  const { messages, failed, byCode } = stats.series;
  const of = (...codes: string[]): number[] =>
    messages.map((_, i) => codes.reduce((sum, c) => sum + (byCode[c]?.[i] ?? 0), 0) / stats.step);
  const named = ["NOT_FOUND", "INTERNAL", "UNAVAILABLE", "DEADLINE_EXCEEDED", "RESOURCE_EXHAUSTED"];
  const others = Object.keys(byCode).filter((c) => c !== "OK" && !named.includes(c));
  return {
    ...frame(stats),
    lines: [
      { label: "OK", colour: "--match", values: messages.map((m, i) => (m - (failed[i] ?? 0)) / stats.step) },
      { label: "no rule", colour: "--no-match", values: of("NOT_FOUND") },
      { label: "rule failed", colour: "--error", values: of("INTERNAL") },
      { label: "backend failed", colour: "--text", values: of("UNAVAILABLE", "DEADLINE_EXCEEDED") },
      { label: "shed, and others", colour: "--muted", values: of("RESOURCE_EXHAUSTED", ...others) },
    ],
  };
}

/** latencies are how long messages took, in nanoseconds; a second without any has none. */
export function latencies(stats: Stats): Data {
  const { messages, p50Ns, p99Ns, matchP99Ns } = stats.series;
  const known = (list: readonly (number | null)[]): (number | null)[] =>
    list.map((v, i) => ((messages[i] ?? 0) > 0 ? v : null));
  return {
    ...frame(stats),
    lines: [
      { label: "p99", colour: "--match", values: known(p99Ns) },
      { label: "p50", colour: "--not-tried", values: known(p50Ns), dash: [6, 3] },
      { label: "rules p99", colour: "--no-match", values: known(matchP99Ns), dash: [2, 3] },
    ],
  };
}

function frame(stats: Stats): Pick<Data, "times" | "marks"> {
  const from = Date.parse(stats.from) / 1000;
  return {
    times: stats.series.messages.map((_, i) => from + i * stats.step),
    marks: stats.epochs.map((e) => ({ at: Date.parse(e.at) / 1000, label: `epoch ${e.epoch}` })),
  };
}
