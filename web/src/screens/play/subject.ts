import type { Message, Readings, Samples } from "../../api/api.gen";
import { call } from "../../api/call";
import type { Span } from "../../sip/spans";

/** Note is what the server says of a text that was handed in: ignored headers, LF line ends. */
export type Note = Readings["messages"][number]["notes"][number];

/** Subject is the message that the Playground tries rules on, in every form. */
export interface Subject {
  readonly title: string;
  /** Where it comes from. A decision's message is masked here, and the dispatcher has it unmasked. */
  readonly origin: "sample" | "decision" | "text" | "link";
  /** As the API takes it. */
  readonly message: Message;
  readonly json: Record<string, unknown> | null;
  readonly sip: string;
  readonly spans: readonly Span[];
  readonly notes: readonly Note[];
  /** What an EdgePort does with it; converted where nothing stands against it. */
  readonly fate: string;
  readonly reason: string;
}

type Sample = Samples["samples"][number];

const readings = async (body: unknown, signal?: AbortSignal): Promise<Readings["messages"]> =>
  (await call<Readings>("/messages/read", { method: "POST", body, ...(signal ? { signal } : {}) })).messages;

/** fromSample makes a subject of a sample; its SIP text is read again, for what stands where in it. */
export async function fromSample(sample: Sample, signal?: AbortSignal): Promise<Subject> {
  const read = (await readings({ sip: sample.sip }, signal))[0];
  return {
    title: sample.name,
    origin: "sample",
    message: { protobuf: sample.protobuf },
    json: sample.json,
    sip: read?.sip ?? sample.sip,
    spans: read?.spans ?? [],
    notes: read?.notes ?? [],
    fate: "converted",
    reason: "",
  };
}

/** fromDecision makes a subject of a recorded message. */
export async function fromDecision(id: string, signal?: AbortSignal): Promise<Subject> {
  const [read] = await readings({ decision: id }, signal);
  return { ...subjectOf(read, "decision", "decision " + id), message: { decision: id } };
}

/** fromText makes subjects of what somebody pasted: SIP, captures of several messages, JSON, base64. */
export async function fromText(text: string, origin: Subject["origin"], signal?: AbortSignal): Promise<Subject[]> {
  const all = await readings({ text }, signal);
  return all.map((one) => subjectOf(one, origin, one.summary));
}

/** fromSIP makes a subject of SIP text that is edited in place: it is one message, whatever is in it. */
export async function fromSIP(sip: string, signal?: AbortSignal): Promise<Subject> {
  const [one] = await readings({ sip }, signal);
  return { ...subjectOf(one, "text", one?.summary ?? "edited"), sip };
}

function subjectOf(
  read: Readings["messages"][number] | undefined,
  origin: Subject["origin"],
  title: string,
): Subject {
  const protobuf = read?.protobuf ?? null;
  return {
    title,
    origin,
    message: protobuf === null ? { sip: read?.sip ?? "" } : { protobuf },
    json: read?.json ?? null,
    sip: read?.sip ?? "",
    spans: read?.spans ?? [],
    notes: read?.notes ?? [],
    fate: read?.outcome ?? "",
    reason: read?.reason ?? "",
  };
}
