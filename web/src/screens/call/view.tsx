import { useMemo } from "preact/hooks";
import { query } from "../../api/call";
import type { Entry } from "../../api/entry";
import { Copy, CopyCurl } from "../../parts/copy";
import { Mark } from "../../parts/glyph";
import { useKeys } from "../../parts/keys";
import { LadderView } from "../../parts/ladder";
import { First, Refused } from "../../parts/panel";
import { count, many } from "../../parts/time";
import { callOf } from "../../sip/calls";
import { fate, heard } from "../../sip/entry";
import { ladder } from "../../sip/ladder";
import { scope } from "../../state/fleet";
import { useLoad } from "../../state/load";
import { useRoom } from "../../state/room";
import { kept } from "../../state/trail";
import { Detail } from "../detail/index";
import { Export } from "./export";
import { Legs } from "./legs";
import { useNearest } from "./nearest";
import { asText } from "./text";

interface Page {
  decisions: Entry[];
  next: string | null;
}

/** CallView is a call's ladder, and the message in it that one looks at. */
export function CallView({
  callIds,
  at = "",
  entries: given,
}: {
  callIds: readonly string[];
  at?: string;
  /** The messages where somebody has them, such as a watch. */
  entries?: readonly Entry[];
}) {
  const path = query("/decisions", { limit: 1000, callId: [...callIds], ...scope() });
  const loaded = useLoad<Page>(given === undefined ? path : null, { every: 3000 });
  const chosen = useMemo(() => kept("message of " + callIds.join(), at), []); // until the key is another
  const entries = given ?? loaded.data.value?.decisions;
  const drawn = useMemo(() => ladder(entries ?? []), [entries]);
  const messages = drawn.lines.flatMap((l) => (l.entry === undefined ? [] : [l.entry]));
  const first = messages.find((e) => fate(e) === "error") ?? messages.find((e) => fate(e) !== "match") ?? messages[0];
  const near = useNearest(messages);
  const id = chosen.value || (first?.id ?? "");
  const step = (by: number): void => {
    const i = messages.findIndex((e) => e.id === id);
    chosen.value = messages[Math.max(0, Math.min(messages.length - 1, i + by))]?.id ?? chosen.value;
  };
  useKeys([
    { keys: "]", does: "look at the next message", run: () => step(1) },
    { keys: "[", does: "look at the message before", run: () => step(-1) },
  ]);
  const room = useRoom("call", entries !== undefined, 10);
  if (entries === undefined) {
    return (
      <div {...room}>
        <First loaded={loaded} lines={10} />
      </div>
    );
  }
  if (messages.length === 0) {
    return (
      <p class="empty">Nothing of this call is kept any more. Set a watch on its user and let them dial again.</p>
    );
  }
  const call = callOf(callIds.join(" + "), messages);
  const whole = messages.filter((e) => e.messageKept !== false).length;
  return (
    <div {...room}>
      {given === undefined ? <Refused loaded={loaded} /> : null}
      <section class="panel" aria-label={"Call " + call.callId}>
        <header>
          <h2>
            <Mark of={call.fate}>{" " + call.state}</Mark> <bdi>{call.from || "–"}</bdi> → <bdi>{call.to || "–"}</bdi>
          </h2>
          <span class="muted">
            {many(messages.length, "message")}
            {call.failed > 0 ? `, ${count(call.failed)} failed` : ""}
            {whole < messages.length ? ` · ${count(whole)} of them kept whole` : ""}
          </span>
          <span class="tools">
            <Copy label="Copy as text" text={() => asText(call, drawn)} />
            <Export callIds={callIds} messages={messages} asText={() => asText(call, drawn)} />
            <CopyCurl path={path} />
          </span>
        </header>
        <p class="sentence outcome" role="status">
          <Verdict messages={messages} />
        </p>
        {given === undefined ? <Legs callIds={callIds} /> : null}
        <LadderView ladder={drawn} near={near.value} selected={id} select={(e) => (chosen.value = e.id)} />
      </section>
      {id === "" ? null : <Detail key={id} id={id} />}
    </div>
  );
}

/** Verdict says in one sentence what whoever waits for the phone to ring wants to know. */
function Verdict({ messages }: { messages: readonly Entry[] }) {
  const bad = messages.filter((e) => fate(e) !== "match");
  const worst =
    bad.find((e) => heard(e) === "the caller hears no ringing") ?? bad.find((e) => fate(e) === "error") ?? bad[0];
  if (worst === undefined) return <>Every message of this call went where a rule sent it.</>;
  const said = heard(worst);
  const ringing =
    said === "the caller hears no ringing"
      ? "The phone doesn't ring for the caller"
      : said[0]?.toUpperCase() + said.slice(1);
  return (
    <>
      <strong>{ringing}</strong>: {bad.length === 1 ? "one message" : `${bad.length} messages`} of this call
      {bad.length === 1 ? " was" : " were"} lost here.
    </>
  );
}
