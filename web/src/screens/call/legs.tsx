import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import type { CallMessages, Evaluated } from "../../api/api.gen";
import { call } from "../../api/call";
import type { Entry } from "../../api/entry";
import { legsNamed, naming, type Leg } from "../../sip/legs";
import { OnlyHere } from "../../parts/onlyhere";
import { several } from "../../state/fleet";
import { address } from "../../state/route";

const mostLooked = 8; // messages that name a call, of which we ask which calls they are of

/**
 * Legs are the other calls that belong to those that are shown: those that they name in a header such as X-Call-ID,
 * and those among what is kept that name them.
 */
export function Legs({ callIds }: { callIds: readonly string[] }) {
  const legs = useSignal<readonly Leg[]>([]);
  useEffect(() => {
    const life = new AbortController();
    legs.value = [];
    void legsOf(callIds, life.signal).then(
      (found) => (legs.value = found),
      () => undefined, // overtaken, or nothing is kept; the Call-ID can be typed
    );
    return () => life.abort();
  }, [callIds.join("\n")]);
  if (legs.value.length === 0)
    return several.value ? (
      <p class="legs muted">
        Other legs are looked for at <OnlyHere />.
      </p>
    ) : null;
  return (
    <ul class="notes legs" aria-label="Other legs">
      <OnlyHere />
      {legs.value.map((leg) => (
        <li key={leg.callId}>
          Another leg, by its <bdi>{leg.header}</bdi>: <bdi class="mono">{leg.callId}</bdi>{" "}
          <a href={address("call", [...callIds, leg.callId])}>Show both in one ladder</a>
        </li>
      ))}
    </ul>
  );
}

async function legsOf(callIds: readonly string[], signal: AbortSignal): Promise<Leg[]> {
  const whole = (id: string): Promise<CallMessages> => call("/calls/" + encodeURIComponent(id), { signal });
  const [own, tried] = await Promise.all([
    Promise.all(callIds.map((id) => whole(id).then((c) => c.decisions, () => [] as Entry[]))),
    call<Evaluated>("/rules/evaluate", {
      method: "POST", body: { matchFunc: naming(callIds), recorded: { last: 1000 } }, signal,
    }),
  ]);
  const ids = tried.recorded?.examples.match.slice(0, mostLooked) ?? [];
  const naming_ = await Promise.all(
    ids.map((id) => call<Entry>("/decisions/" + encodeURIComponent(id), { signal }).catch(() => undefined)),
  );
  const found = legsNamed(own.flat(), callIds);
  for (const e of naming_) {
    if (e === undefined || callIds.includes(e.callId) || found.some((l) => l.callId === e.callId)) continue;
    const header = legsNamed([e], [])[0]?.header ?? "header";
    found.push({ callId: e.callId, header });
  }
  return found;
}
