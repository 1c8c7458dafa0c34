// Calls that belong together: a program that makes a second call for a first one often names that in a header.
import type { Entry } from "../api/entry";

/** Leg is a call that another one names, and the header in which it does. */
export interface Leg {
  readonly callId: string;
  readonly header: string;
}

// X-Call-ID, X-Original-Call-ID, P-Call-Id, X-CID and the like.
const names = "^[xp]-(.*-)?(call-?id|cid)$";
const named = new RegExp(names, "i");
const mostLegs = 8;

/** legsNamed are the calls that messages name, but for those that are known, each once. */
export function legsNamed(messages: readonly Entry[], known: readonly string[]): Leg[] {
  const found = new Map<string, Leg>();
  for (const e of messages) {
    for (const { name, value } of extensions(e)) {
      const callId = value.trim();
      if (!named.test(name) || callId === "" || known.includes(callId)) continue;
      found.set(callId, found.get(callId) ?? { callId, header: name });
    }
  }
  return [...found.values()].slice(0, mostLegs);
}

/** naming is a rule that matches the messages that name one of some calls: the dispatcher looks for them. */
export function naming(callIds: readonly string[]): string {
  const is = `/${names}/i.test(e.name) && ${JSON.stringify(callIds)}.includes(e.value)`;
  return `req => (req.message.extensions ?? []).some(e => ${is})`;
}

function extensions(e: Entry): { name: string; value: string }[] {
  const message = e.message?.["message"] as { extensions?: unknown } | undefined;
  if (!Array.isArray(message?.extensions)) return [];
  return message.extensions.filter(
    (x): x is { name: string; value: string } => typeof x?.name === "string" && typeof x?.value === "string",
  );
}
