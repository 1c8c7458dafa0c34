import { batch, signal } from "@preact/signals";
import { call, query } from "../api/call";
import { now } from "../api/clock";
import type { Unanswered } from "../api/api.gen";
import type { Entry } from "../api/entry";
import { insist } from "../api/insist";
import { asProblem, isAbort, type Problem } from "../api/problem";
import type { ServerEvent } from "../api/sse";
import { stream } from "../api/stream";
import { toCall, type Filter } from "./filter";
import { scope, whenKnown } from "./fleet";
import { onForget } from "./session";
import { read, type Item } from "./item";
import { Timeline } from "./timeline";

export type { Item } from "./item";

/** Coverage says where the dispatcher's memory ends. Undefined is what it didn't tell. */
export interface Coverage {
  oldest?: string | null;
  kept?: number;
  messagesKept?: number;
  lost?: number;
  scanned?: number;
  unanswered?: readonly Unanswered[];
}

interface Page extends Coverage {
  decisions: Entry[];
  next: string | null;
  newest: string;
}

const capacity = 20_000;
const perCall = 100; // decisions that one call asks for: they take less than 100 kB

/** items are the decisions that this page has. They are outside of signals: version changes when they do. */
export const items = new Timeline<Item>(capacity);
export const version = signal(0);

/** coverage, problem and phase are of the list that is followed. */
export const coverage = signal<Coverage>({});
export const problem = signal<Problem | null>(null);
export const phase = signal<"waiting" | "live" | "broken">("waiting");

/** brokenAt is since when nothing comes any more, in milliseconds; 0 where it does. */
export const brokenAt = signal(0);

/** leftOut counts the decisions that came faster than this page takes them: it shows a fair sample of those. */
export const leftOut = signal(0);

/** mostPerSecond is how many decisions a second come here at most. */
const mostPerSecond = 500;

/** still is how long the list stands at least between two changes, in milliseconds: nobody reads faster. */
const still = 250;

/** next is what older decisions are asked for with; null where there are none, or where they went with a restart. */
let next: string | null = null;
let filter: Filter = {};
let arrived: Item[] = [];
let missed = 0; // what leftOut doesn't count yet
let resting = false;

/** path is the call that fills the list, and that "copy as curl" copies. */
export const listPath = (of: Filter): string => query("/decisions", { limit: perCall, ...scope(), ...toCall(of) });

/** follow fills the list with what a filter lets through, and goes on until the signal ends it. */
export async function follow(by: Filter, life: AbortSignal): Promise<void> {
  items.clear();
  [filter, next, arrived, missed] = [by, null, [], 0];
  batch(() => {
    [version.value, phase.value, problem.value, coverage.value] = [version.value + 1, "waiting", null, {}];
    [leftOut.value, brokenAt.value] = [0, 0];
  });
  await whenKnown(life);
  const page = await insist(() => call<Page>(listPath(by), { signal: life }), life, told);
  if (page === undefined) return;
  take(page);
  const from = { batch: "100ms", max: mostPerSecond, after: page.newest };
  const path = query("/decisions/stream", { ...from, ...scope(), ...toCall(by) });
  await stream(path, { signal: life, event: heard, state: told });
}

function told(why: Problem | null): void {
  batch(() => {
    brokenAt.value = why === null ? 0 : brokenAt.peek() || now();
    [problem.value, phase.value] = [why, why === null ? "live" : "broken"];
  });
}

function take(page: Page): void {
  items.older(page.decisions.map((entry) => ({ entry })));
  next = page.next;
  batch(() => {
    const { decisions: _, next: __, newest: ___, ...told } = page;
    coverage.value = told;
    problem.value = null;
    version.value++;
  });
}

let loading = false;

/** older asks for what was before the oldest decision, once at a time. */
export async function older(life: AbortSignal): Promise<void> {
  if (loading || next === null || items.size >= capacity) return;
  loading = true;
  try {
    const path = query("/decisions", { limit: perCall, before: next, ...scope(), ...toCall(filter) });
    take(await call<Page>(path, { signal: life }));
  } catch (thrown) {
    if (!isAbort(thrown)) problem.value = asProblem(thrown);
  } finally {
    loading = false;
  }
}

/** heard takes an event of the stream. It is shown at once, but for what comes while the list rests. */
function heard(event: ServerEvent): void {
  if (event.event === "sampled") missed += (JSON.parse(event.data) as { leftOut: number }).leftOut;
  if (event.event === "lost" && (JSON.parse(event.data) as { restarted?: boolean }).restarted === true) next = null;
  arrived.push(...read(event));
  if (arrived.length > capacity) arrived = arrived.slice(-capacity);
  soon();
}

function soon(): void {
  if (resting || (arrived.length === 0 && missed === 0)) return;
  resting = true;
  requestAnimationFrame(show);
}

function show(): void {
  for (const item of arrived) items.push(item);
  batch(() => {
    leftOut.value += missed;
    version.value++;
  });
  [arrived, missed] = [[], 0];
  setTimeout(() => {
    resting = false;
    soon();
  }, still);
}

onForget(() => {
  items.clear();
  version.value++;
});
