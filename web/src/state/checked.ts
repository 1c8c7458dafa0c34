import { batch, effect, signal } from "@preact/signals";
import { call } from "../api/call";
import type { Check, Config } from "../api/api.gen";
import { now } from "../api/clock";
import { insist } from "../api/insist";
import type { Problem } from "../api/problem";
import { poll } from "../api/poll";
import { discard, draft } from "./draft";

/** Checked is what the dispatcher says of a draft's text. */
export interface Checked extends Check {
  readonly text: string;
  /** When it was said, in milliseconds. */
  readonly at: number;
}

/** checked is the last answer; it may be of an older text than the draft's. */
export const checked = signal<Checked | null>(null);
export const checkProblem = signal<Problem | null>(null);

/** running is what runs, as far as it was asked for. */
export const running = signal<Pick<Config, "epoch" | "hash" | "loadedAt" | "source"> | null>(null);

/** live is the epoch that runs a draft that is gone for that reason. */
export const live = signal<{ epoch: number; at: string } | null>(null);

const rest = 300; // milliseconds without a key before the draft is checked

let asked: AbortController | undefined;
let timer: ReturnType<typeof setTimeout> | undefined;

effect(() => {
  const text = draft.value?.text;
  clearTimeout(timer);
  asked?.abort();
  if (text === undefined) checked.value = checkProblem.value = null;
  else timer = setTimeout(() => void check(text), rest);
});

async function check(text: string): Promise<void> {
  const { signal } = (asked = new AbortController());
  const ask = (): Promise<Check> => call<Check>("/config/check", { method: "POST", raw: text, signal });
  const got = await insist(ask, signal, (problem) => (checkProblem.value = problem));
  if (got === undefined || signal.aborted) return;
  batch(() => {
    checked.value = { ...got, text, at: now() };
    checkProblem.value = null;
  });
}

/** checkAgain asks at once what the dispatcher says of the draft. */
export function checkAgain(): void {
  asked?.abort();
  const text = draft.peek()?.text;
  if (text !== undefined) void check(text);
}

/** followRunning asks what runs for as long as there is a draft, and ends the draft once it runs. */
export function followRunning(life: AbortSignal): void {
  void poll(async (signal) => {
    if (draft.peek() === null) return;
    running.value = await call<Config>("/config?limit=1", { signal });
    const [d, c] = [draft.peek(), checked.peek()];
    if (d === null || c === null || c.text !== d.text) return;
    if (c.hash === running.value.hash && d.text !== d.base.text) {
      live.value = { epoch: running.value.epoch, at: running.value.loadedAt };
      discard();
    }
  }, 3_000, life);
}
