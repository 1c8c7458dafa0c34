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
