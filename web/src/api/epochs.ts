// What became of attempts to load the configuration.
import type { ConfigProblem } from "./api.gen";

/** Refs are processors by name; there may be more than are named. */
export interface Refs {
  count: number;
  refs: string[];
}

/** Attempt is one time that the configuration was read. */
export interface Attempt {
  time: string;
  /** How often it was made in a row. */
  times: number;
  trigger: string;
  /** The epoch that runs since. */
  epoch: number;
  hash: string | null;
  result: "new" | "same" | "failed";
  detail: string | null;
  problems: ConfigProblem[];
  rules: { added: Refs; removed: Refs; changed: Refs; reordered: boolean };
}

/** Epochs are the attempts, newest first, and whose configurations are kept. */
export interface Epochs {
  epoch: number;
  kept: number[];
  attempts: Attempt[];
}
