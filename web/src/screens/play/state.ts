// What the Playground holds. It stays while other screens are shown, and is forgotten when somebody signs out.
import { computed, signal } from "@preact/signals";
import type { Draft, Explanation, Tried } from "../../api/api.gen";
import type { Problem } from "../../api/problem";
import { parts, type Part } from "../../rule/parts";
import { onForget } from "../../state/session";
import type { Subject } from "./subject";

/** Spot is where the rule stands in the table: in the place of one that runs, before one, or nowhere yet. */
export type Spot = { replace: string } | { before: string } | null;

export const source = signal("");
export const methods = signal<readonly string[]>([]);
export const spot = signal<Spot>(null);
/** The text that the rule had when it was loaded, to tell whether it was edited. */
export const original = signal("");

/** place is where the rule that was loaded stands among those of an epoch. */
export const place = signal<{ ref: string; index: number; epoch: number } | null>(null);

/** subjects are the messages one walks through, and at which one is. */
export const subjects = signal<readonly ((afresh: boolean) => Promise<Subject>)[]>([]);
export const index = signal(0);
export const subject = signal<Subject | null>(null);
export const before = signal<Subject | null>(null);
export const subjectProblem = signal<Problem | null>(null);

/** Verdict is what came of trying a text of the rule on a message. */
export interface Verdict {
  readonly source: string;
  readonly subject: Subject;
  readonly spot: Spot;
  /** What it said, and where the message would go with it. */
  readonly result: Draft;
}
export const verdict = signal<Verdict | null>(null);
export const verdictProblem = signal<Problem | null>(null);

/** table is what all rules said to a message, and the call that was asked for it. */
export const table = signal<{ of: Subject; body: object; explanation: Explanation } | null>(null);
export const tableProblem = signal<Problem | null>(null);
export const tried = signal<{ source: string; tried: Tried } | null>(null);
export const triedProblem = signal<Problem | null>(null);
export const trying = signal(false);

/** pointed is the path of req that somebody points at, in the rule, the SIP text or the tree; empty for none. */
export const pointed = signal("");

/** current reports whether the verdict is of what stands in the editor and the message pane. */
export const current = computed(
  () => verdict.value !== null && verdict.value.source === source.value && verdict.value.subject === subject.value,
);

/** ruleParts are the parts of the rule that the verdict is on. */
export const ruleParts = computed<Part[]>(() => {
  const v = verdict.value;
  if (v === null) return [];
  const traffic = tried.value !== null && tried.value.source === v.source ? tried.value.tried.operands : [];
  return parts(v.source, v.result.operands, v.subject.json, traffic);
});

/** reads are the paths that the rule reads. */
export const reads = computed(() => new Set(ruleParts.value.filter((p) => p.path !== "").map((p) => p.path)));

/** seen lists the texts that recorded messages gave for a path, the most frequent first. */
export function seen(path: string): string[] {
  const of = ruleParts.value.find((p) => p.path === path && p.traffic !== undefined);
  return (of?.traffic?.values ?? []).flatMap((v) => {
    try {
      const value: unknown = JSON.parse(v.value);
      return typeof value === "string" ? [value] : [];
    } catch {
      return []; // it was cut
    }
  });
}

/** takes reports whether the rule is asked about a message of this method. */
export const takes = (method: string): boolean => methods.value.length === 0 || methods.value.includes(method);

onForget(() => {
  source.value = original.value = "";
  subjects.value = [];
  subject.value = before.value = null;
  verdict.value = table.value = tried.value = null;
});
