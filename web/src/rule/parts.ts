import type { Operand, Tried } from "../api/api.gen";
import { brief, cut, readsIn, valueAt } from "./paths";

/** Traffic is what recorded messages gave for a part. */
export type Traffic = Tried["operands"][number];

/** Part is a piece of a rule with what it gave for one message. Units are UTF-16. */
export interface Part {
  readonly from: number;
  readonly to: number;
  readonly text: string;
  readonly state: "true" | "false" | "threw" | "skipped";
  /** As JSON, cut; empty where it gave none or nobody may see it. */
  readonly value: string;
  readonly masked: boolean;
  readonly times: number;
  /** What of req it reads, where it is nothing but a read: message.requestUri.user. */
  readonly path: string;
  /** A comparison or call that the rule's logic is made of. */
  readonly condition: boolean;
  readonly decisive: boolean;
  readonly traffic: Traffic | undefined;
}

const longest = 48; // characters of a value behind its part

/**
 * parts joins what the engine said of a rule's operands with the reads in its text: the engine says nothing of a read
 * that isn't an operand by itself, so that one's value is the message's, if the operand around it was evaluated.
 */
export function parts(
  source: string,
  operands: readonly Operand[],
  message: unknown,
  traffic: readonly Traffic[] = [],
): Part[] {
  const seen = new Map(traffic.map((t) => [key(t.from.offset, t.to.offset), t]));
  const reads = new Map(readsIn(source).map((r) => [key(r.from, r.to), r]));
  const found: Part[] = operands.map((o) => {
    const from = o.from.offset;
    const to = o.to.offset;
    const read = reads.get(key(from, to));
    return {
      from,
      to,
      text: source.slice(from, to),
      state: stateOf(o),
      value: o.masked === true ? "***" : cut(o.value ?? "", longest),
      masked: o.masked === true,
      times: o.times,
      path: o.path ?? read?.path ?? "",
      condition: isCondition(o),
      decisive: o.decisive === true,
      traffic: seen.get(key(from, to)),
    };
  });
  const have = new Set(found.map((p) => key(p.from, p.to)));
  for (const [place, read] of reads) {
    if (!have.has(place)) found.push(readPart(source, read, found, message));
  }
  return found.sort((a, b) => a.from - b.from || b.to - a.to);
}

function readPart(source: string, read: ReturnType<typeof readsIn>[number], around: Part[], message: unknown): Part {
  const inside = around.filter((p) => p.from <= read.from && p.to >= read.to);
  const nearest = inside.sort((a, b) => a.to - a.from - (b.to - b.from))[0];
  const asked = nearest !== undefined && nearest.state !== "skipped";
  const value = asked ? brief(valueAt(message, read.path), longest) : "";
  return {
    from: read.from,
    to: read.to,
    text: source.slice(read.from, read.to),
    state: !asked ? "skipped" : isTruthy(value) ? "true" : "false",
    value,
    masked: value === '"***"',
    times: asked ? 1 : 0,
    path: read.path,
    condition: false,
    decisive: false,
    traffic: undefined,
  };
}

const key = (from: number, to: number): string => from + "-" + to;

const isTruthy = (json: string): boolean => !/^(undefined|null|false|0|""|NaN)$/.test(json);

function stateOf(o: Operand): Part["state"] {
  if (o.threw === true) return "threw";
  if (!o.evaluated) return "skipped";
  return o.truthy ? "true" : "false";
}

/** isCondition reports whether an operand is no read, no literal, and not made of others by &&, ||, ! and the like. */
const isCondition = (o: Operand): boolean => !/^(&&|\|\||!|\?\?|\?:|path|name|literal|template|value)$/.test(o.op);
