// Answers of calls that the OpenAPI document doesn't have yet, by the names that were agreed on. An answer moves to
// api.gen.ts as soon as it is described.

/** Stats is a series of points, one each step seconds. */
export interface Stats {
  step: number;
  from: string;
  series: {
    messages: number[];
    failed: number[];
    p50Ns: number[];
    p99Ns: number[];
    matchP99Ns: number[];
    inFlight: number[];
    byCode: Record<string, number[]>;
  };
  epochs: { epoch: number; at: string }[];
}

/** Tree is what an operand says of its place among the others. */
export interface Tree {
  /** The index of the operand that it is a part of; -1 for the whole. */
  parent?: number;
  op?: string;
  /** Of a read of req. */
  path?: string;
  /** It is among those that made the outcome. */
  decisive?: boolean;
  threw?: boolean;
  truncated?: boolean;
}

/** Because is a rule's answer in the words of SIP, and how many conditions stand between it and a match. */
export interface Because {
  because?: string;
  flips?: number;
}
