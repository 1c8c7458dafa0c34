import { isAbort, silence } from "./problem";
import { reached } from "./reach";
import { authorization } from "./token";

/** Readiness is what the dispatcher says of itself to whoever asks. */
export interface Readiness {
  ready: boolean;
  /** Why it isn't, or what is wrong although it is. */
  reasons: string[];
}

/** readiness asks whether messages are taken. It throws where nobody answers. */
export async function readiness(signal: AbortSignal): Promise<Readiness> {
  const response = await fetch("/readyz", {
    headers: authorization(),
    signal,
    cache: "no-store",
    credentials: "omit",
  }).catch((thrown: unknown) => {
    throw isAbort(thrown) ? thrown : silence();
  });
  reached();
  const [, detail = ""] = (await response.text()).trim().split(/: (.*)/s);
  return { ready: response.ok, reasons: detail === "" ? [] : detail.split("; ") };
}
