import type { Decision } from "./api.gen";

/** Entry is a decision as lists have it: without its message, as a rule. */
export type Entry = Decision;
