// The rules as they run, by the names that were agreed on; they move to api.gen.ts as soon as OpenAPI describes them.

/** Rule is one processor's rule. What isn't known isn't there, and is never shown as 0. */
export interface Rule {
  index: number;
  ref: string;
  methods: string[];
  matchFunc: string;
  place?: { line: number; column: number };
  native?: boolean;
  compiled?: boolean;
  /** Why it isn't native. */
  reason?: string;
  warnings?: { line: number; column: number; message: string }[];
  indexedBy?: string;
  catchAll?: boolean;
  /** Rules that take all that this one would. */
  unreachable?: string[];
  hits?: number;
  lastHit?: string | null;
  lastHitId?: string;
  errors?: number;
  lastError?: { time: string; message: string; id: string } | null;
  since?: string;
}

/** Rules is a page of them. */
export interface Rules {
  rules: Rule[];
  total: number;
  epoch?: number;
}

/** Overlap says that a rule took messages that a later one would have taken, too. */
export interface Overlap {
  rule: number;
  over: number;
  count: number;
  of: number;
  example: string;
}
