import { insist } from "../../api/insist";
import { route as shown, type Route } from "../../state/route";
import { allSamples, forgetSamples } from "../../state/samples";
import { open, ruleOf, running } from "./rules";
import * as play from "./state";
import { show, walkDecisions, walkSamples, walkText } from "./walk";

/** Where the paste of the search field waits for the Playground: a message is nobody's business in an address. */
const pasted = "dispatcher.pasted";
let handled = "";
let life = new AbortController();

/**
 * begin opens what the address names: a rule that runs (rule), a sample, as it is or to another number (to), a
 * decision, a shared link (s), what was pasted into the search (m). What it doesn't name stays as it is; a first
 * visit gets a rule and a message.
 */
export async function begin(route: Route): Promise<void> {
  const query = route.query;
  if (query.toString() === handled && play.subject.value !== null) return;
  handled = query.toString();
  life.abort();
  const { signal } = (life = new AbortController());
  const insisted = (ask: () => Promise<void>): Promise<void> =>
    insist(ask, signal, (problem) => {
      if (!signal.aborted) play.subjectProblem.value = problem;
    });
  const link = query.get("s");
  if (link !== null) return insisted(async () => (await import("./share")).openLink(link));
  const was = play.source.value;
  await Promise.all([
    insisted(() => beginRule(query, () => play.source.value !== was)),
    insisted(() => beginMessage(query)),
  ]);
}

/** beginAgain asks again for the message that isn't there, whatever is still awaited. */
export function beginAgain(): void {
  if (play.subjects.value.length > 0) return void show(play.index.value, true);
  handled = "";
  forgetSamples();
  void begin(shown.peek());
}

// beginRule opens the rule that is wanted, but where somebody has typed one meanwhile.
async function beginRule(query: URLSearchParams, typed: () => boolean): Promise<void> {
  const wanted = query.get("rule");
  if (wanted === null && play.source.value !== "") return;
  const named = wanted === null ? undefined : await ruleOf(wanted);
  const all = named === undefined ? await running() : [];
  if (typed()) return;
  const found = named ?? all.find((r) => r.ref.startsWith("emergency")) ?? all[0];
  if (found !== undefined) return open(found);
  play.source.value = play.original.value = 'req => ["911", "112"].includes(req.message.requestUri?.user)';
}

async function beginMessage(query: URLSearchParams): Promise<void> {
  const ids = query.getAll("decision").flatMap((v) => v.split(","));
  if (ids.length > 0) return walkDecisions(ids);
  const text = query.get("m") === "pasted" ? sessionStorage.getItem(pasted) : null;
  if (text !== null) {
    sessionStorage.removeItem(pasted);
    await walkText(text);
    return;
  }
  const sample = query.get("sample");
  if (sample === null && play.subject.value !== null) return;
  const all = await allSamples();
  const name = sample ?? "invite-emergency";
  await walkSamples(all.some((s) => s.name === name) ? name : (all[0]?.name ?? ""), query.get("to") ?? undefined);
}
