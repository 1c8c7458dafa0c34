import { asProblem } from "../../api/problem";
import type { Route } from "../../state/route";
import { allSamples } from "../../state/samples";
import { open, ruleOf, running } from "./rules";
import * as play from "./state";
import { walkDecisions, walkSamples, walkText } from "./walk";

/** Where the paste of the search field waits for the Playground: a message is nobody's business in an address. */
const pasted = "dispatcher.pasted";
let handled = "";

/**
 * begin opens what the address names: a rule that runs (rule), a sample, a decision, a shared link (s), what was pasted
 * into the search (m). What it doesn't name stays as it is; a first visit gets a rule and a message.
 */
export async function begin(route: Route): Promise<void> {
  const query = route.query;
  if (query.toString() === handled && play.subject.value !== null) return;
  handled = query.toString();
  try {
    const shared = query.get("s");
    if (shared !== null) return await (await import("./share")).openLink(shared);
    await Promise.all([beginRule(query), beginMessage(query)]);
  } catch (thrown) {
    play.subjectProblem.value = asProblem(thrown);
  }
}

async function beginRule(query: URLSearchParams): Promise<void> {
  const wanted = query.get("rule");
  if (wanted === null && play.source.value !== "") return;
  const named = wanted === null ? undefined : await ruleOf(wanted);
  const all = named === undefined ? await running() : [];
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
  await walkSamples(all.some((s) => s.name === name) ? name : (all[0]?.name ?? ""));
}
