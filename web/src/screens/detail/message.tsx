import { useSignal } from "@preact/signals";
import type { Readings } from "../../api/api.gen";
import type { Entry } from "../../api/entry";
import { CopyCurl } from "../../parts/copy";
import { First } from "../../parts/panel";
import { ReqTree } from "../../parts/reqtree";
import { SipText } from "../../parts/siptext";
import { useLoad } from "../../state/load";

/** MessageView shows a decision's message as SIP text and as rules see it; what one points at is lit in both. */
export function MessageView({ entry }: { entry: Entry }) {
  const loaded = useLoad<Readings>("/messages/read", { method: "POST", body: { decision: entry.id } });
  const lit = useSignal("");
  const read = loaded.data.value?.messages[0];
  if (loaded.data.value === undefined) {
    return (
      <>
        {loaded.problem.value !== null && entry.messageKept === false ? (
          <p>This message wasn't kept: only the last ones are, and those that failed.</p>
        ) : null}
        <First loaded={loaded} lines={10} />
      </>
    );
  }
  if (read === undefined) return <p>There is no message.</p>;
  return (
    <>
      {read.notes.map((n, i) => (
        <p key={i} class={n.kind === "info" ? "muted" : "caution"}>
          <bdi>{n.text}</bdi>
        </p>
      ))}
      <div class="sip-and-req">
        <SipText sip={read.sip} spans={read.spans} lit={lit.value} point={(path) => (lit.value = path)} />
        {read.json === null ? null : (
          <ReqTree value={read.json} lit={lit.value} point={(path) => (lit.value = path)} />
        )}
      </div>
      <p class="muted">
        Credentials are masked. <CopyCurl path={loaded.path} options={loaded.options} />
      </p>
    </>
  );
}
