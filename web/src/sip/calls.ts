// Calls made of messages: one row a Call-ID, because that is what people look for.
import type { CallRow } from "../api/api.gen";
import type { Entry } from "../api/entry";
import { because, fate, responseName, ruleError, type Fate } from "./entry";

/** Call is one row a Call-ID. */
export interface Call {
  readonly callId: string;
  readonly first: string;
  readonly last: string;
  readonly from: string;
  readonly to: string;
  readonly method: string;
  readonly messages: number;
  readonly failed: number;
  /** What became of it in a word or two: answered, no answer, 486 Busy here, failed. */
  readonly state: string;
  readonly fate: Fate;
  /** Where it went, or what failed first. */
  readonly why: string;
}

/** calls groups messages by their Call-ID. The call whose last message is the newest comes first. */
export function calls(newestFirst: Iterable<Entry>): Call[] {
  const found = new Map<string, Entry[]>();
  for (const e of newestFirst) {
    const entries = found.get(e.callId);
    if (entries === undefined) found.set(e.callId, [e]);
    else entries.push(e);
  }
  return [...found].map(([callId, entries]) => callOf(callId, entries.reverse()));
}

/** fromRow reads a call as the dispatcher tells of it: of what failed, it names the first one. */
export function fromRow(row: CallRow): Call {
  return {
    callId: row.callId,
    first: row.first,
    last: row.last,
    from: row.from,
    to: row.to,
    method: row.method,
    messages: row.messages,
    failed: row.failed,
    state: stateIn(row),
    fate: row.firstFailure === null ? "match" : row.firstFailure.nobody ? "no-match" : "error",
    why: row.firstFailure === null ? row.processors.join(", ") : failed(row.firstFailure, row.lostResponses),
  };
}

function stateIn({ state, lastResponse, lostResponses }: CallRow): string {
  if (state === "refused" && lastResponse !== "") return responseName(lastResponse);
  if (state !== "failed") return state;
  if (lostResponses.some((type) => !isProvisional(type))) return "no answer";
  return lostResponses.includes("RINGING") ? "no ringing" : state;
}

function failed(f: NonNullable<CallRow["firstFailure"]>, lost: readonly string[]): string {
  const several = lost.length > 1 && lost.includes(f.responseType);
  if (f.nobody && several) return `${numbers(lost)} lost: no rule takes them`;
  const one = f.responseType === "" ? f.method : responseName(f.responseType);
  if (f.nobody) return `no rule takes ${one}`;
  const threw = ruleError(f.error);
  const why = threw === undefined ? f.error || f.code : `rule ${threw.ref} failed: ${threw.text}`;
  return `${several ? `${numbers(lost)} lost` : one}: ${why}`;
}

/** callOf is the row of one call's messages, oldest first. */
export function callOf(callId: string, entries: readonly Entry[]): Call {
  const [first, last] = [entries[0], entries.at(-1)];
  const request = entries.find((e) => e.kind === "request" && e.method !== "ACK") ?? first;
  const bad = entries.filter((e) => fate(e) !== "match");
  const worst = bad.find((e) => fate(e) === "error") ?? bad[0];
  const took = [...new Set(entries.filter((e) => e.processor !== "").map((e) => e.processor))];
  return {
    callId,
    first: first?.time ?? "",
    last: last?.time ?? "",
    from: request?.from ?? "",
    to: (request?.requestUri || request?.to) ?? "",
    method: request?.method ?? "",
    messages: entries.length,
    failed: bad.length,
    state: stateOf(entries, bad),
    fate: worst === undefined ? "match" : fate(worst),
    why: worst === undefined ? took.join(", ") : lostOnes(bad) + because(worst),
  };
}

function stateOf(entries: readonly Entry[], bad: readonly Entry[]): string {
  const responses = entries.filter((e) => e.kind === "response" && e.responseType);
  const final = responses.filter((e) => e.method === "INVITE" && !isProvisional(e.responseType ?? "")).at(-1);
  const invite = entries.some((e) => e.method === "INVITE");
  if (!invite) return bad.length === 0 ? "done" : "failed";
  if (final !== undefined && fate(final) === "match") {
    return final.responseType === "OK" ? "answered" : responseName(final.responseType ?? "");
  }
  if (final !== undefined) return "no answer";
  if (bad.some((e) => e.kind === "request" && e.method === "INVITE")) return "failed";
  if (entries.some((e) => e.method === "CANCEL")) return "cancelled";
  if (responses.some((e) => e.responseType === "RINGING")) return bad.length === 0 ? "ringing" : "no ringing";
  return responses.length > 0 || bad.length === 0 ? "calling" : "failed";
}

const provisional = /^(TRYING|RINGING|CALL_IS_BEING_FORWARDED|QUEUED|SESSION_PROGRESS)$/;
const isProvisional = (type: string): boolean => provisional.test(type);

// lostOnes names the responses that were lost, by their numbers: 180, 183, 200 lost.
function lostOnes(bad: readonly Entry[]): string {
  const known = numbers(bad.filter((e) => e.kind === "response").map((e) => e.responseType ?? ""));
  return known === "" ? "" : `${known} lost: `;
}

// numbers are those of responses, each once.
function numbers(types: readonly string[]): string {
  const all = types.map((type) => /^\d{3}/.exec(responseName(type))?.[0]);
  return [...new Set(all.filter((n) => n !== undefined))].join(", ");
}

/** standing has calls stay where somebody reads them, each as it is now; those that came since are left out. */
export function standing(read: readonly Call[], now: readonly Call[]): readonly Call[] {
  const fresh = new Map(now.map((c) => [c.callId, c]));
  return read.map((c) => fresh.get(c.callId) ?? c);
}

/** worstFirst puts calls that failed before the others; each kind stays in its order. */
export function worstFirst(list: readonly Call[]): Call[] {
  const rank: Record<Fate, number> = { error: 0, "no-match": 1, match: 2 };
  return [...list].sort((a, b) => rank[a.fate] - rank[b.fate]);
}
