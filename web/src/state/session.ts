import { batch, signal } from "@preact/signals";
import { call, onAnswer, reopen } from "../api/call";
import { now } from "../api/clock";
import { poll } from "../api/poll";
import { asProblem, isAbort, type Problem } from "../api/problem";
import { useToken } from "../api/token";
import type { Session } from "../api/api.gen";

/** Access says whether the dispatcher lets us in, and if not, why. */
export type Access =
  | { state: "starting" }
  | { state: "in" }
  | { state: "signin"; problem: Problem; tried: boolean }
  | { state: "refused"; problem: Problem };

/** access is what the dispatcher said last about letting us in. */
export const access = signal<Access>({ state: "starting" });

/** session is who the dispatcher is, where it told. It stays while nobody answers. */
export const session = signal<Session | null>(null);

/** lostSince is the time since which nobody answers, in milliseconds; 0 while somebody does. */
export const lostSince = signal(0);

/** news is one sentence on what happened to the connection, with the time of it; empty where nothing did. */
export const news = signal("");

const every = 5_000;
const forgetters: (() => void)[] = [];

/** onForget adds what must be forgotten when somebody signs out. */
export function onForget(f: () => void): void {
  forgetters.push(f);
}

/** startSession asks who is there, again and again, until the signal ends it. */
export function startSession(signal: AbortSignal): void {
  onAnswer(answered);
  void poll(ask, every, signal);
}

async function ask(signal: AbortSignal, tries = false): Promise<void> {
  let got: Session;
  try {
    got = await call<Session>("/session", { signal, tries });
  } catch (thrown) {
    if (!isAbort(thrown)) judged(asProblem(thrown));
    throw thrown;
  }
  batch(() => {
    const before = session.peek();
    if (before !== null && before.bootId !== got.bootId) {
      news.value = "restarted at " + clock(Date.parse(got.startedAt)) + ": counters and decisions began anew";
    }
    session.value = got;
    access.value = { state: "in" };
  });
}

/** judged notes that the dispatcher won't have us. */
function judged(problem: Problem): void {
  if (problem.status === 403 || problem.status === 404) access.value = { state: "refused", problem };
}

function answered(problem: Problem | null): void {
  if (problem?.status === 0) {
    if (lostSince.peek() === 0) lostSince.value = now();
    return;
  }
  if (lostSince.peek() !== 0) {
    batch(() => {
      news.value = "back after " + Math.max(1, Math.round((now() - lostSince.peek()) / 1000)) + " s";
      lostSince.value = 0;
    });
  }
  if (problem?.status === 401) access.value = { state: "signin", problem, tried: triedOne };
}
let triedOne = false;

/** signIn tries a token. Whatever waits behind the sign-in goes on by itself where it is the right one. */
export async function signIn(token: string, keep: boolean): Promise<void> {
  triedOne = true;
  useToken(token, keep);
  await ask(new AbortController().signal, true); // alone: each call with a wrong token counts against our address
  reopen();
  batch(() => (again.value += 1));
}

/** again counts the sign-ins: what was refused before asks anew when it changes. */
export const again = signal(0);

/** signOut forgets the token and all that was seen. */
export function signOut(): void {
  useToken("", false);
  for (const forget of forgetters) forget();
  location.reload();
}

const clock = (ms: number): string => new Date(ms).toLocaleTimeString();
