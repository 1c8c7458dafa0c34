import { useSignal } from "@preact/signals";
import { asProblem } from "../../api/problem";
import { SipText } from "../../parts/siptext";
import * as play from "./state";
import { fromSIP, type Subject } from "./subject";
import { replace } from "./walk";

/**
 * SIPText shows the message as it was sent. What a part of the rule reads lights up, and the other way round.
 * Editing it makes another message of it.
 */
export function SIPText({ subject }: { subject: Subject }) {
  const editing = useSignal<string | null>(null);
  if (editing.value !== null) return <Edit text={editing} subject={subject} />;
  return (
    <>
      <SipText
        sip={subject.sip}
        spans={subject.spans}
        lit={play.pointed.value}
        point={(path) => void (play.pointed.value = path)}
        read={play.reads.value}
      />
      {subject.message.decision === undefined ? (
        <p>
          <button type="button" onClick={() => (editing.value = subject.sip.replaceAll("\r\n", "\n"))}>
            Edit
          </button>
        </p>
      ) : (
        <p class="muted small">
          A recorded message, credentials masked. The dispatcher tries rules on it as it was sent.{" "}
          <button type="button" class="quiet" onClick={() => (editing.value = subject.sip.replaceAll("\r\n", "\n"))}>
            Edit a copy
          </button>
        </p>
      )}
    </>
  );
}

function Edit({ text, subject }: { text: { value: string | null }; subject: Subject }) {
  const done = async (): Promise<void> => {
    try {
      replace(await fromSIP((text.value ?? "").replace(/\r?\n/g, "\r\n")));
      text.value = null;
    } catch (thrown) {
      play.subjectProblem.value = asProblem(thrown);
    }
  };
  return (
    <div class="edit">
      <textarea
        aria-label={"SIP text of " + subject.title}
        rows={22}
        spellcheck={false}
        value={text.value ?? ""}
        onInput={(e) => (text.value = e.currentTarget.value)}
      />
      <p class="actions">
        <button type="button" class="main" onClick={() => void done()}>
          Try this message
        </button>
        <button type="button" onClick={() => (text.value = null)}>
          Cancel
        </button>
      </p>
    </div>
  );
}
