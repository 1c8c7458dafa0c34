import { batch, computed, effect, signal } from "@preact/signals";
import { call } from "../api/call";
import { poll } from "../api/poll";
import { readiness, type Readiness } from "../api/ready";
import type { Stats } from "../api/api.gen";
import { flow, type Flow } from "./flow";
import { access, lostSince } from "./session";

/** Status is the one word on the dispatcher, with its glyph and the reasons for it. */
export interface Status {
  word: "routing" | "degraded" | "not ready" | "stopping" | "reconnecting…" | "starting…";
  glyph: "●" | "◐" | "○" | "◌";
  reasons: string[];
}

/** traffic is how much comes in just now; null where it isn't known. */
export const traffic = signal<Flow | null>(null);

/** epoch is the running configuration's number; 0 where it isn't known. */
export const epoch = signal(0);

const ready = signal<Readiness | null>(null);

/** startStatus follows how the dispatcher does while the page is seen, until the signal ends it. */
export function startStatus(life: AbortSignal): void {
  const stop = effect(() => {
    if (access.value.state !== "in") return;
    queueMicrotask(() => stop());
    void poll(async (signal) => void (ready.value = await readiness(signal)), 3_000, life);
    void poll(async (signal) => take(await call<Stats>("/stats?window=61s", { signal })), 2_000, life);
  });
}

function take(stats: Stats): void {
  batch(() => {
    traffic.value = flow(stats.series.messages, stats.step);
    epoch.value = stats.epochs.at(-1)?.epoch ?? epoch.peek();
  });
}

/** status is the dispatcher's state as the bar shows it. */
export const status = computed<Status>(() => {
  if (lostSince.value !== 0) return { word: "reconnecting…", glyph: "◌", reasons: ["Nobody answers there."] };
  if (ready.value === null) return { word: "starting…", glyph: "◌", reasons: [] };
  const { ready: is, reasons } = ready.value;
  if (!is && reasons.includes("stopping")) return { word: "stopping", glyph: "○", reasons };
  if (!is) return { word: "not ready", glyph: "○", reasons };
  return { word: reasons.length > 0 ? "degraded" : "routing", glyph: reasons.length > 0 ? "◐" : "●", reasons };
});
