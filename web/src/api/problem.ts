import type { ConfigProblem } from "./api.gen";

/** Fault is the body of a refusal, RFC 9457, as far as the console reads it. */
interface Fault {
  type?: string;
  title?: string;
  detail?: string;
  line?: number;
  column?: number;
  snippet?: string;
  problems?: ConfigProblem[];
  problemsTotal?: number;
}

/** Problem is a call that didn't work: the dispatcher refused it, or nobody answered (status 0). */
export class Problem extends Error {
  readonly status: number;
  readonly kind: string;
  readonly fault: Fault;
  /** Seconds that the dispatcher asks to wait; 0 where it doesn't say. */
  readonly retryAfter: number;

  constructor(status: number, fault: Fault, retryAfter = 0) {
    super(fault.detail ?? fault.title ?? "The dispatcher answered with status " + status + ".");
    this.status = status;
    this.kind = (fault.type ?? "").replace(/^.*[/#:]/, "");
    this.fault = fault;
    this.retryAfter = retryAfter;
  }

  /** Whether nobody answered. */
  get silent(): boolean {
    return this.kind === noAnswer;
  }

  /** Whether the same call may work in a while: nobody answered, or the dispatcher is busy. */
  get passing(): boolean {
    return (
      this.status === 0 || this.status === 429 || this.status === 503 || this.status === 502 || this.status === 504
    );
  }
}

const noAnswer = "no-answer";

/** silence is the problem of a call that nobody answered. */
export const silence = (): Problem => new Problem(0, { type: noAnswer, detail: "No answer from the dispatcher." });

/** refusal reads the problem that a response with an error status carries. */
export async function refusal(response: Response): Promise<Problem> {
  const wait = Number(response.headers.get("Retry-After") ?? 0);
  let fault: Fault = {};
  try {
    const body: unknown = await response.json();
    if (typeof body === "object" && body !== null) fault = body;
  } catch {
    fault = {
      title: "The answer had status " + response.status + " and no explanation: something between may have made it.",
    };
  }
  return new Problem(response.status, fault, Number.isFinite(wait) ? wait : 0);
}

/** asProblem makes a Problem of whatever was thrown. */
export function asProblem(thrown: unknown): Problem {
  if (thrown instanceof Problem) return thrown;
  return new Problem(0, { title: thrown instanceof Error ? thrown.message : String(thrown) });
}

/** isAbort reports whether something was thrown because nobody wants the answer any more. */
export const isAbort = (thrown: unknown): boolean => thrown instanceof DOMException && thrown.name === "AbortError";
