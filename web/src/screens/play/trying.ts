import { batch, effect, signal, untracked } from "@preact/signals";
import type { Evaluated, Explanation } from "../../api/api.gen";
import { call } from "../../api/call";
import { insist } from "../../api/insist";
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
  if ("replace" in spot) return { ...methods, replace: { ref: spot.replace } };
  return { ...methods, insertBefore: { ref: spot.before } };
}

/** whole is the number of rules up to which each is shown; of a longer table those that matter. */
const whole = 40;
const total = (): number => play.table.value?.explanation.total ?? whole + 1;

/** explanation is the call that asks all rules that run about a message, and the one in the editor beside them. */
export function explanation(subject: Subject, source: string): object {
  const told = total() <= whole ? {} : { rules: "decisive", near: 3 };
  const rule = source.trim() === "" ? {} : { rule: { matchFunc: source, ...placed() } };
  return { message: subject.message, ...told, ...rule, evaluateAll: true };
}

/** statistics is the call that tries the rule on recorded messages. */
export const statistics = (source: string, last = 1000): object => ({
  matchFunc: source,
  ...placed(),
  recorded: { last },
});

const post = <T>(path: string, body: object, signal: AbortSignal): Promise<T> =>
  call<T>(path, { method: "POST", body, signal });

const nudge = signal(0);

/** tryAgain asks for the verdict and for what all rules say at once, whatever is still awaited. */
export const tryAgain = (): void => void nudge.value++;

/** keepTrying asks anew whenever the rule or the message changes, until the function that it returns is called. */
export function keepTrying(): () => void {
  const ends = [
    after(
      () => (play.table.value === null ? 0 : afterKey), // nobody types yet
      () => [play.source.value, play.subject.value, play.spot.value, play.methods.value, epoch.value, nudge.value],
      tryRule,
    ),
    after(() => afterRest, () => [play.source.value, play.spot.value, play.methods.value], tryTraffic),
  ];
  return () => ends.forEach((end) => end());
}

/** after calls run a while after what it watches changed last. A run that is overtaken is aborted. */
function after(ms: () => number, watched: () => unknown, run: (signal: AbortSignal) => Promise<void>): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let life = new AbortController();
  const begin = (): void => {
    const { signal } = (life = new AbortController());
    void insist(() => run(signal), signal, () => undefined); // what went wrong is noted by run
  };
  const stop = effect(() => {
    watched();
    clearTimeout(timer);
    life.abort();
    timer = setTimeout(() => untracked(begin), untracked(ms));
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

/** tryRule asks once for the verdict and what all rules say. Of a text that is no rule, the others are asked alone. */
async function tryRule(signal: AbortSignal): Promise<void> {
  const source = play.source.value;
  const subject = play.subject.value;
  if (subject === null) return;
  if (source.trim() === "") return askTable(subject, signal);
  play.trying.value = true;
  const [before, body] = [total(), explanation(subject, source)];
  try {
    await kept(
      (p) => (play.verdictProblem.value = p),
      () => post<Explanation>("/route/explain", body, signal),
      (answer) => {
        play.table.value = { of: subject, body, explanation: answer };
        play.tableProblem.value = null;
        if (answer.rule !== undefined)
          play.verdict.value = { source, subject, spot: play.spot.value, result: answer.rule };
      },
    );
    if (before > whole && total() <= whole) await tryRule(signal); // now it is known to be a short table
  } catch (thrown) {
    if (!isAbort(thrown) && play.table.value?.of !== subject) await askTable(subject, signal);
    throw thrown;
  } finally {
    if (!signal.aborted) play.trying.value = false;
  }
}

async function askTable(subject: Subject, signal: AbortSignal): Promise<void> {
  const body = explanation(subject, "");
  await kept(
    (p) => (play.tableProblem.value = p),
    () => post<Explanation>("/route/explain", body, signal),
    (answer) => (play.table.value = { of: subject, body, explanation: answer }),
  );
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
