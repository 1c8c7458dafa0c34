import { marked } from "../../state/patch";
import type { Subject } from "./subject";

const words: Record<string, string> = { " ": "", "-": "only before: ", "+": "only here: " };

/** Diff shows where a message differs from the one that was shown before: why this one and not that. */
export function Diff({ before, subject }: { before: Subject | null; subject: Subject }) {
  if (before === null) return <p class="muted">Show another message: what differs stands here.</p>;
  return (
    <>
      <p class="small">
        <span class="mark no-match">
          − <bdi>{before.title}</bdi>
        </span>{" "}
        <span class="mark match">
          + <bdi>{subject.title}</bdi>
        </span>
      </p>
      <pre class="sip diff">
        {marked(before.sip, subject.sip).map((line, i) => {
          const mark = line[0] ?? " ";
          return (
            <span key={i} class={mark === "+" ? "plus" : mark === "-" ? "minus" : ""}>
              <span class="unseen">{words[mark]}</span>
              <bdi>{line.replace(/\r?\n$/, "")}</bdi>
              {"\n"}
            </span>
          );
        })}
      </pre>
    </>
  );
}
