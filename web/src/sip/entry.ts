// A decision in SIP's words: which message it was, what became of it, and what the phone heard.
import type { Entry } from "../api/entry";
import { enums } from "../rule/req.gen";

/** Whether a message found its way, nobody took it, or something failed. */
export type Fate = "match" | "no-match" | "error";

/** fate is what became of a message. */
export function fate(e: Entry): Fate {
  if (e.code === "OK") return "match";
  return e.code === "NOT_FOUND" && e.processor === "" && !e.failedRule ? "no-match" : "error";
}

const words = new Map((enums["ResponseType"] ?? []).map((v) => [v.name, status(v.name, v.doc)]));

function status(name: string, doc: string): string {
  const text = name
    .toLowerCase()
    .replaceAll("_", " ")
    .replace(/\b(ok|uri)\b/g, (w) => w.toUpperCase());
  const phrase = text.replace(/^[a-z]/, (c) => c.toUpperCase());
  return /^\d{3}$/.test(doc) ? `${doc} ${phrase}` : phrase;
}

/** responseName is a status as people say it: 180 Ringing. */
export const responseName = (type: string): string => words.get(type) ?? type;

/** title says which message it was: INVITE, or 180 Ringing. */
export function title(e: Entry): string {
  const type = e.responseType ?? member(e, "responseType");
  if (e.kind === "request") return e.method;
  return type === "" || type === "UNKNOWN" ? `response to ${e.method}` : responseName(type);
}

/** member reads a text of the kept message; empty where there is none. */
function member(e: Entry, name: string): string {
  const message = e.message?.["message"];
  return typeof message === "object" && message !== null && name in message
    ? String((message as Record<string, unknown>)[name] ?? "")
    : "";
}

/** ruleError is what a rule threw, without the words before it. */
export function ruleError(error: string): { ref: string; text: string } | undefined {
  const m = /^matchFunc of processor ref = (\S+): (.*)$/s.exec(error);
  return m?.[1] === undefined || m[2] === undefined ? undefined : { ref: m[1], text: m[2] };
}

/** brief is an error where there is little room: what was read of what isn't there comes before anything else. */
export const brief = (error: string): string => error.replace(unread, "$2 of $1");

const unread =
  /TypeError: Cannot read propert(?:y|ies) of (undefined|null) \(reading '([^']*)'\)(?: \(line 1, column \d+\))?/;

/** because says in a line why a message went where it went. */
export function because(e: Entry): string {
  if (e.code === "OK") return e.processor === "" ? "answered by a middleware" : `${e.processor} took it`;
  const threw = ruleError(e.error);
  if (threw !== undefined) return `rule ${threw.ref} failed: ${threw.text}`;
  if (fate(e) === "no-match") return `no rule takes ${title(e)}`;
  return e.error === "" ? e.code : e.error;
}

/** heard says what the other side got of a failed message; empty for one that didn't fail. */
export function heard(e: Entry): string {
  if (e.code === "OK") return "";
  if (e.answered !== "") return `heard ${responseName(e.answered)}`;
  if (e.kind === "request") return e.method === "ACK" ? "the ACK never arrived" : "heard nothing";
  switch (e.responseType ?? member(e, "responseType")) {
    case "RINGING":
    case "SESSION_PROGRESS":
      return "the caller hears no ringing";
    case "OK":
      return e.method === "INVITE" ? "the call is never answered" : "the caller never heard it";
  }
  return "the caller never heard it";
}

/** heardWhy is the sentence behind heard. */
export function heardWhy(e: Entry): string {
  if (e.code === "OK") return "";
  if (e.answered !== "") {
    return `What the phone heard: ${responseName(e.answered)}, from the dispatcher (answerFailures is on).`;
  }
  const off = e.kind === "request" && e.method !== "ACK" && e.method !== "CANCEL" ? " (answerFailures is off)" : "";
  return `What the phone heard: nothing. The EdgePort got ${e.code} and drops it${off}.`;
}
