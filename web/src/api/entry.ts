import type { Decision } from "./api.gen";

/** Entry is a decision as lists have it. What a dispatcher doesn't tell isn't there. */
export type Entry = Decision & Partial<Told>;

/** What newer dispatchers tell of each message, so that nobody needs the message itself. */
interface Told {
  requestUri: string;
  from: string;
  to: string;
  cseq: string;
  responseType: string;
  sender: string;
  branch: string;
  userAgent: string;
  rule: number | null;
  failedRule: string;
  answer: string;
  changedBy: string[];
  messageKept: boolean;
  sharedWith: string;
}
