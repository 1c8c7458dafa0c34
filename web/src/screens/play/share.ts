import { batch } from "@preact/signals";
import type { Message } from "../../api/api.gen";
import { address } from "../../state/route";
import * as play from "./state";
import { fromSIP, type Subject } from "./subject";
import { walk, walkText } from "./walk";

/** Shared is what a link holds, and nothing else. */
export interface Shared {
  readonly v: 1;
  readonly rule: string;
  readonly methods: readonly string[];
  readonly sip: string;
  /** Instead of sip, where the message has what SIP text doesn't say. */
  readonly protobuf?: string;
}

/** A link that is longer goes as a file: mail programs and chats cut what is longer. */
export const longestLink = 8_000;

const longestContent = 512 * 1024; // characters; what a link unpacks to is bounded

/** pack writes something as text for an address: JSON, deflated, in base64url. */
export async function pack(shared: Shared): Promise<string> {
  const bytes = await through(new TextEncoder().encode(JSON.stringify(shared)), new CompressionStream("deflate-raw"));
  let binary = "";
  for (const b of bytes) binary += String.fromCharCode(b);
  return btoa(binary).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
}

/** unpack reads what pack wrote. It throws where the text is anything else, or unpacks to too much. */
export async function unpack(text: string): Promise<Shared> {
  const binary = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
  const bytes = Uint8Array.from(binary, (c) => c.charCodeAt(0));
  const json = new TextDecoder().decode(await through(bytes, new DecompressionStream("deflate-raw")));
  const value: unknown = JSON.parse(json);
  if (!isShared(value)) throw new Error("This link doesn't hold a rule and a message.");
  return value;
}

function isShared(value: unknown): value is Shared {
  if (typeof value !== "object" || value === null) return false;
  const v = value as Partial<Record<keyof Shared, unknown>>;
  return (
    v.v === 1 &&
    typeof v.rule === "string" &&
    typeof v.sip === "string" &&
    Array.isArray(v.methods) &&
    v.methods.every((m) => typeof m === "string") &&
    (v.protobuf === undefined || typeof v.protobuf === "string")
  );
}

async function through(
  bytes: Uint8Array<ArrayBuffer>,
  way: CompressionStream | DecompressionStream,
): Promise<Uint8Array> {
  const reader = new Blob([bytes]).stream().pipeThrough(way).getReader();
  const pieces: Uint8Array[] = [];
  let size = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    pieces.push(value);
    if ((size += value.length) > longestContent) {
      await reader.cancel();
      throw new Error("This link holds more than " + longestContent / 1024 + " KiB.");
    }
  }
  const whole = new Uint8Array(size);
  let at = 0;
  for (const p of pieces) {
    whole.set(p, at);
    at += p.length;
  }
  return whole;
}

/** linkTo is the address of what is shared. */
export const linkTo = (packed: string): string => location.origin + "/" + address("play", [], { s: packed });

/** fileName is that of what is too long for a link. Paste opens it again. */
export const fileName = "playground.json";

/** sharedIn reads what was saved as a file instead of a link; null where a text is anything else. */
export function sharedIn(text: string): Shared | null {
  try {
    const value: unknown = JSON.parse(text);
    return isShared(value) ? value : null;
  } catch {
    return null; // it is SIP, or a capture
  }
}

/** openLink opens what a link holds. */
export const openLink = async (packed: string): Promise<void> => openShared(await unpack(packed));

/** openShared runs nothing but what the Playground always runs: the rule, over there. */
export async function openShared(shared: Shared): Promise<void> {
  const message: Message = shared.protobuf === undefined ? { sip: shared.sip } : { protobuf: shared.protobuf };
  if (shared.protobuf === undefined) {
    const one = await fromSIP(shared.sip);
    walk([() => Promise.resolve<Subject>({ ...one, origin: "link", title: "from a link", message })]);
  } else {
    await walkText(shared.protobuf, "link");
  }
  batch(() => {
    play.source.value = play.original.value = shared.rule;
    play.methods.value = shared.methods;
    play.spot.value = null;
  });
}
