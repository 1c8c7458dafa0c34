import type { Entry } from "../api/entry";
import type { ServerEvent } from "../api/sse";

/** Item is a decision, or a gap where decisions are missing, with a sentence on why. */
export type Item =
  { readonly entry: Entry; readonly gap?: undefined } | { readonly gap: string; readonly entry?: undefined };

/** read makes items of an event: a decision, several, or how many are missing and why. */
export function read(event: Pick<ServerEvent, "event" | "data">): Item[] {
  const data: unknown = JSON.parse(event.data);
  if (event.event === "decision") return [{ entry: data as Entry }];
  if (event.event === "sampled") return [];
  const told = (Array.isArray(data) ? { decisions: data } : data) as {
    decisions?: Entry[];
    lost?: number;
    restarted?: boolean;
  };
  const found: Item[] = (told.decisions ?? []).map((entry) => ({ entry }));
  if (told.restarted === true) found.push({ gap: "The dispatcher was started again: what it knew before is gone." });
  if ((told.lost ?? 0) > 0)
    found.push({ gap: `${told.lost} decisions are missing here: they came faster than they could be sent.` });
  return found;
}
