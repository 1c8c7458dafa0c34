import { batch, effect, untracked } from "@preact/signals";
import type { Evaluated, Explanation } from "../../api/api.gen";
import { call } from "../../api/call";
import { asProblem, isAbort, type Problem } from "../../api/problem";
import { epoch } from "../../state/status";
import * as play from "./state";
import type { Subject } from "./subject";

const afterKey = 60; // ms: a typist's pause
const afterRest = 400; // statistics cost more

/** placed is what the API is told of where the rule stands. */
export function placed(): Record<string, unknown> {
  const spot = play.spot.value;
  const methods = play.methods.value.length > 0 ? { methods: play.methods.value } : {};
  if (spot === null) return methods;
  return "replace" in spot
    ? { ...methods, replace: { ref: spot.replace } }
    : { ...methods, insertBefore: { ref: spot.before } };
}

/** evaluation is the call that tries the rule on one message. */
export const evaluation = (source: string, subject: Subject): object => ({
  matchFunc: source,
  messages: [subject.message],
});

/** whole is the number of rules up to which each is shown; of a longer table those that matter. */
const whole = 40;
const total = (): number => play.table.value?.explanation.total ?? whole + 1;

/** explanation is the call that asks all rules that run. */
export const explanation = (subject: Subject): object =>
  total() <= whole
    ? { message: subject.message, evaluateAll: true }
    : { message: subject.message, rules: "decisive", near: 3, evaluateAll: true };

/** statistics is the call that tries the rule on recorded messages. */
export const statistics = (source: string, last = 1000): object => ({
  matchFunc: source,
  ...placed(),
  recorded: { last },
});

const post = <T>(path: string, body: object, signal: AbortSignal): Promise<T> =>
  call<T>(path, { method: "POST", body, signal });

/** keepTrying asks anew whenever the rule or the message changes, until the function that it returns is called. */
export function keepTrying(): () => void {
  const ends = [
    after(afterKey, () => [play.source.value, play.subject.value], tryRule),
    after(0, () => [play.subject.value, epoch.value], askTable),
    after(afterRest, () => [play.source.value, play.spot.value, play.methods.value], tryTraffic),
  ];
  return () => ends.forEach((end) => end());
}

/** after calls run a while after what it watches changed last. A run that is overtaken is aborted. */
function after(ms: number, watched: () => unknown, run: (signal: AbortSignal) => Promise<void>): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let life = new AbortController();
  const begin = async (): Promise<void> => {
    const mine = (life = new AbortController());
    await run(mine.signal).catch((thrown: unknown) => {
      if (isAbort(thrown)) return;
      const wait = asProblem(thrown).retryAfter;
      if (wait > 0 && !mine.signal.aborted) timer = setTimeout(() => void begin(), wait * 1000);
    });
  };
  const stop = effect(() => {
    watched();
    clearTimeout(timer);
    life.abort();
    timer = setTimeout(() => untracked(() => void begin()), ms);
  });
  return () => {
    stop();
    clearTimeout(timer);
    life.abort();
  };
}

/** kept notes what went wrong, and throws it on, for a call that the dispatcher wants later. */
async function kept<T>(
  note: (p: Problem | null) => void,
  ask: () => Promise<T>,
  take: (got: T) => void,
): Promise<void> {
  try {
    const got = await ask();
    batch(() => {
      take(got);
      note(null);
    });
  } catch (thrown) {
    if (!isAbort(thrown)) note(asProblem(thrown));
    throw thrown;
  }
}

async function tryRule(signal: AbortSignal): Promise<void> {
  const source = play.source.value;
  const subject = play.subject.value;
  if (subject === null || source.trim() === "") return;
  play.trying.value = true;
  try {
    await kept(
      (p) => (play.verdictProblem.value = p),
      () => post<Evaluated>("/rules/evaluate", evaluation(source, subject), signal),
      (evaluated) => {
        const result = evaluated.results[0];
        if (result !== undefined) play.verdict.value = { source, subject, evaluated, result };
      },
    );
  } finally {
    if (!signal.aborted) play.trying.value = false;
  }
}

async function askTable(signal: AbortSignal): Promise<void> {
  const subject = play.subject.value;
  if (subject === null) return;
  await kept(
    (p) => (play.tableProblem.value = p),
    () => post<Explanation>("/route/explain", explanation(subject), signal),
    (answer) => (play.table.value = { of: subject, explanation: answer }),
  );
  const answer = play.table.value?.explanation;
  if (answer?.counts !== undefined && total() <= whole) await askTable(signal); // now it is known to be a short table
}

async function tryTraffic(signal: AbortSignal): Promise<void> {
  const source = play.source.value;
  if (source.trim() === "") return;
  await kept(
    (p) => (play.triedProblem.value = p),
    () => post<Evaluated>("/rules/evaluate", statistics(source), signal),
    ({ recorded }) => (play.tried.value = recorded === undefined ? null : { source, tried: recorded }),
  );
}

/** tryTrafficNow asks for the statistics at once. */
export function tryTrafficNow(): void {
  void tryTraffic(new AbortController().signal).catch(() => undefined); // it is in triedProblem
}
