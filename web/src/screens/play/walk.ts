import { batch } from "@preact/signals";
import type { Samples } from "../../api/api.gen";
import { insist } from "../../api/insist";
import { dialled } from "../../sip/dialled";
import { allSamples } from "../../state/samples";
import * as play from "./state";
import { fromDecision, fromSample, fromSIP, fromText, type Subject } from "./subject";

type Loader = (afresh: boolean) => Promise<Subject>;
let life = new AbortController();

/** show has the Playground try the rule on one of its messages; afresh asks although an answer is still awaited. */
export async function show(at: number, afresh = false): Promise<void> {
  const load = play.subjects.value[at];
  if (load === undefined) return;
  life.abort();
  const { signal } = (life = new AbortController());
  play.index.value = at;
  const got = await insist(() => load(afresh), signal, (problem) => {
    if (!signal.aborted) play.subjectProblem.value = problem;
  });
  if (got !== undefined && !signal.aborted) put(got);
}

function put(got: Subject): void {
  batch(() => {
    if (play.subject.value !== got) play.before.value = play.subject.value;
    play.subject.value = got;
    play.subjectProblem.value = null;
  });
}

/** walk puts messages into the pane, to be stepped through from one of them on. */
export function walk(loaders: readonly Loader[], from = 0): void {
  play.subjects.value = loaders;
  void show(Math.max(0, from));
}

/** step goes to the next message (1) or to the one before (-1). */
export function step(by: 1 | -1): void {
  const at = play.index.value + by;
  if (at >= 0 && at < play.subjects.value.length) void show(at);
}

/** once has a loader load a single time. */
function once(load: () => Promise<Subject>): Loader {
  let got: Promise<Subject> | undefined;
  return (afresh) => {
    if (afresh) got = undefined;
    got ??= load().catch((thrown: unknown) => {
      got = undefined; // so that it is tried again
      throw thrown;
    });
    return got;
  };
}

/** walkSamples steps through the samples from the one of a name on; to is the number that this one goes to instead. */
export async function walkSamples(name: string, to?: string): Promise<void> {
  const all = await allSamples();
  walk(
    all.map((s) => once(() => (s.name === name && to ? dialling(s, to) : fromSample(s)))),
    all.findIndex((s) => s.name === name),
  );
}

const dialling = async (sample: Samples["samples"][number], to: string): Promise<Subject> => ({
  ...(await fromSIP(dialled(sample.sip, to))),
  title: sample.name + " to " + to,
});

/** walkDecisions steps through recorded messages. */
export function walkDecisions(ids: readonly string[], from = 0): void {
  walk(
    ids.map((id) => once(() => fromDecision(id))),
    from,
  );
}

/** walkText steps through the messages in a text that somebody pasted. */
export async function walkText(text: string, origin: Subject["origin"] = "text"): Promise<number> {
  const all = await fromText(text, origin);
  walk(all.map((one) => () => Promise.resolve(one)));
  return all.length;
}

/** replace shows one message that is already there, in the place of the one that is shown. */
export function replace(got: Subject): void {
  const at = play.index.value;
  life.abort();
  play.subjects.value =
    play.subjects.value.length === 0
      ? [() => Promise.resolve(got)]
      : play.subjects.value.map((load, i) => (i === at ? () => Promise.resolve(got) : load));
  put(got);
}
