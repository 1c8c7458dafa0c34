import { signal, type ReadonlySignal } from "@preact/signals";
import { useEffect, useMemo } from "preact/hooks";
import type { Explanation } from "../../api/api.gen";
import { call } from "../../api/call";
import type { Entry } from "../../api/entry";
import { fate, title } from "../../sip/entry";

const mostAsked = 8; // kinds of messages: each is a call

/**
 * useNearest says of messages that no rule takes which rule is nearest to them, by the message's title. The dispatcher
 * is asked once for each title: what differs between messages of one call and title rarely matters to rules.
 */
export function useNearest(messages: readonly Entry[]): ReadonlySignal<ReadonlyMap<string, string>> {
  const found = useMemo(() => signal<ReadonlyMap<string, string>>(new Map()), []);
  const lost = new Map<string, Entry>();
  for (const e of messages) {
    if (fate(e) === "no-match" && e.messageKept !== false && !lost.has(title(e))) lost.set(title(e), e);
  }
  const asked = [...lost].slice(0, mostAsked);
  useEffect(() => {
    const life = new AbortController();
    for (const [name, e] of asked) {
      if (found.value.has(name)) continue;
      const body = { message: { decision: e.id }, rules: "decisive", near: 1, evaluateAll: true };
      call<Explanation>("/route/explain", { method: "POST", body, signal: life.signal }).then(
        (x) => (found.value = new Map([...found.value, [name, nearest(x)]])),
        () => undefined, // the line says without it what became of the message
      );
    }
    return () => life.abort();
  }, [asked.map(([name]) => name).join("\n")]);
  return found;
}

/** nearest names the rule that was the fewest parts away; empty where none was near. */
export function nearest(x: Pick<Explanation, "rules">): string {
  const near = x.rules
    .filter((r) => r.flips !== undefined && r.flips <= 2)
    .sort((a, b) => (a.flips ?? 0) - (b.flips ?? 0))[0];
  if (near === undefined) return "";
  if (!near.methodAccepted && near.flips === 1) return `nearest: ${near.ref} (by methods)`;
  return `nearest: ${near.ref} (${near.flips} ${near.flips === 1 ? "part" : "parts"} away)`;
}
