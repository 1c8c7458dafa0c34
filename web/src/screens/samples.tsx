import { useSignal } from "@preact/signals";
import { asProblem, type Problem } from "../api/problem";
import { ProblemView } from "../parts/problem";
import { allSamples } from "../state/samples";

/** SendSamples sends the built-in messages through the wire door. Only the demo has it: elsewhere they place calls. */
export function SendSamples() {
  const sent = useSignal(-1);
  const of = useSignal(0);
  const problem = useSignal<Problem | null>(null);
  const send = async (): Promise<void> => {
    problem.value = null;
    sent.value = 0;
    try {
      const samples = await allSamples();
      of.value = samples.length;
      for (const s of samples) {
        await fetch("/fonoster.routr.processor.v2beta1.Processor/ProcessMessage", {
          method: "POST",
          headers: { "Content-Type": "application/proto", "Connect-Protocol-Version": "1" },
          body: Uint8Array.from(atob(s.protobuf), (c) => c.charCodeAt(0)),
          credentials: "omit",
        }); // what a rule says to it is in the decisions, whatever the answer is
        sent.value++;
      }
    } catch (thrown) {
      problem.value = asProblem(thrown);
    }
  };
  const busy = sent.value >= 0 && sent.value < of.value;
  return (
    <>
      <p class="actions">
        <button type="button" class="main" disabled={busy} onClick={() => void send()}>
          {busy ? `Sending ${sent.value} of ${of.value}…` : "Send the samples"}
        </button>
        {sent.value > 0 && !busy ? <span class="muted">{sent.value} were sent.</span> : null}
      </p>
      {problem.value === null ? null : <ProblemView problem={problem.value} />}
    </>
  );
}
