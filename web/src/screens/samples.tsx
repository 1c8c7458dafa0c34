import { useSignal } from "@preact/signals";
import type { Config } from "../api/api.gen";
import { quoted } from "../api/curl";
import { asProblem, type Problem } from "../api/problem";
import { Copy } from "../parts/copy";
import { ProblemView } from "../parts/problem";
import { useLoad } from "../state/load";
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

const hello = {
  ref: "sample-1",
  method: "OPTIONS",
  message: {
    requestUri: { user: "1002", host: "sip.local" },
    from: { address: { uri: { user: "1001", host: "sip.local" } } },
  },
};

/** CopyGrpcurl copies a command that sends one message through the wire door, as an EdgePort does. */
export function CopyGrpcurl() {
  const spec = useLoad<Config>("/config?limit=1").data.value?.config["spec"] as
    | { bindAddr?: string; tls?: unknown; admin?: { bindAddr?: string } }
    | undefined;
  const line = (): string => {
    const port = spec?.admin?.bindAddr ? /:\d+$/.exec(spec.bindAddr ?? "")?.[0] : undefined; // the console has its own
    const to = port === undefined ? location.host : location.hostname + port;
    const plain = spec?.tls ? [] : ["-plaintext"];
    const rpc = "fonoster.routr.processor.v2beta1.Processor/ProcessMessage";
    return ["grpcurl", ...plain, "-d", JSON.stringify(hello), to, rpc].map(quoted).join(" ");
  };
  return <Copy label="Copy the grpcurl line" title="Sends one message, an OPTIONS of 1001" text={line} />;
}
