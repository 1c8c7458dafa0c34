import { useSignal } from "@preact/signals";
import { asProblem, type Problem } from "../../api/problem";
import { ProblemView } from "../../parts/problem";
import { openShared, sharedIn } from "./share";
import { walkText } from "./walk";

/** Paste takes a message, or several, from the clipboard or a file, and what was shared as a file. */
export function Paste({ close }: { close: () => void }) {
  const text = useSignal("");
  const problem = useSignal<Problem | null>(null);
  const read = async (): Promise<void> => {
    try {
      const shared = sharedIn(text.value);
      if (shared !== null) return await openShared(shared).then(close);
      if ((await walkText(text.value)) > 0) return close();
      problem.value = asProblem("There is no message in this text.");
    } catch (thrown) {
      problem.value = asProblem(thrown);
    }
  };
  const load = async (file: File | undefined): Promise<void> => {
    if (file !== undefined) text.value = await file.text();
  };
  return (
    <>
      <p class="muted">
        SIP text, what ngrep, sngrep or tcpdump show of several messages, JSON as rules see it, a line of the decision
        file, base64, or what the Playground shared as a file.
      </p>
      <textarea
        aria-label="Message"
        rows={14}
        spellcheck={false}
        value={text.value}
        onInput={(e) => (text.value = e.currentTarget.value)}
      />
      {problem.value === null ? null : <ProblemView problem={problem.value} />}
      <p class="actions">
        <button type="button" class="main" disabled={text.value.trim() === ""} onClick={() => void read()}>
          Read it
        </button>
        <label>
          or from a file <input type="file" onChange={(e) => void load(e.currentTarget.files?.[0])} />
        </label>
      </p>
    </>
  );
}
