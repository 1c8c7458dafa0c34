/** Flow is how much comes in just now. */
export interface Flow {
  /** Messages a second over the last ten seconds. */
  readonly perSecond: number;
  /** Seconds since the last message, where none came in those ten but one before; else 0. */
  readonly idle: number;
}

/** flow reads a series of counts, each of a step's seconds. The last isn't over: null where there is no other. */
export function flow(messages: readonly number[], step: number): Flow | null {
  const over = messages.slice(0, -1);
  if (over.length === 0) return null;
  const recent = over.slice(-Math.ceil(10 / step));
  const sum = recent.reduce((a, b) => a + b, 0);
  const last = over.findLastIndex((n) => n > 0);
  const idle = sum > 0 || last < 0 || (messages.at(-1) ?? 0) > 0 ? 0 : (over.length - 1 - last) * step;
  return { perSecond: sum / recent.length / step, idle };
}
