import { call, query } from "../api/call";
import type { Samples } from "../api/api.gen";

const page = 15; // samples of some 4 kB each: an answer stays small
let samples: Promise<Samples["samples"]> | undefined;

/** allSamples are the built-in messages; they are asked for once, in pages. */
export function allSamples(): Promise<Samples["samples"]> {
  samples ??= load().catch((thrown: unknown) => {
    samples = undefined;
    throw thrown;
  });
  return samples;
}

/** forgetSamples has them be asked for anew. */
export function forgetSamples(): void {
  samples = undefined;
}

async function load(): Promise<Samples["samples"]> {
  const ask = (offset: number): Promise<Samples> => call<Samples>(query("/samples", { limit: page, offset }));
  const first = await ask(0);
  const others = Math.max(0, Math.ceil(first.total / page) - 1);
  const rest = await Promise.all(Array.from({ length: others }, (_, i) => ask((i + 1) * page)));
  return [first, ...rest].flatMap((s) => s.samples);
}
