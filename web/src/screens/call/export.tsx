import { useSignal } from "@preact/signals";
import type { CallMessages } from "../../api/api.gen";
import { call, text } from "../../api/call";
import type { Entry } from "../../api/entry";
import { asProblem } from "../../api/problem";
import { many } from "../../parts/time";
import { title } from "../../sip/entry";
import { here, several } from "../../state/fleet";
import { download } from "../download";
import { joined, type Named } from "./testfile";

/** Export lets a call leave: as text, as JSON lines that dispatcher impact reads, or as a file of tests. */
export function Export({ callIds, messages, asText }: {
  callIds: readonly string[];
  messages: readonly Entry[];
  asText: () => string;
}) {
  const said = useSignal("");
  const tried = async (make: () => Promise<string>): Promise<void> => {
    said.value = "…";
    try {
      said.value = await make();
    } catch (thrown) {
      said.value = asProblem(thrown).message;
    }
  };
  return (
    <>
      <button type="button" class="quiet" onClick={() => download("call.txt", asText())}>Save text</button>
      <button
        type="button" class="quiet" title="What dispatcher impact --decisions reads"
        onClick={() => void tried(() => jsonLines(callIds, messages))}
      >
        JSON lines
      </button>
      <button
        type="button" class="quiet" title="What dispatcher test runs"
        onClick={() => void tried(() => testFile(messages))}
      >
        Tests
      </button>
      <span role="status" class="muted"><bdi>{said.value}</bdi></span>
    </>
  );
}

async function jsonLines(callIds: readonly string[], messages: readonly Entry[]): Promise<string> {
  const elsewhere = several.value ? messages.filter((e) => e.replica !== undefined && e.replica !== here.value) : [];
  const own = (id: string): Promise<readonly Entry[]> =>
    call<CallMessages>("/calls/" + encodeURIComponent(id)).then(
      (c) => c.decisions,
      (thrown: unknown) => {
        if (elsewhere.length === 0) throw thrown;
        return []; // another replica had all of it
      },
    );
  const one = (e: Entry): Promise<readonly Entry[]> =>
    call<Entry>("/decisions/" + encodeURIComponent(e.id)).then((whole) => [whole]);
  const all = (await Promise.all([...callIds.map(own), ...elsewhere.map(one)])).flat();
  all.sort((a, b) => a.time.localeCompare(b.time));
  download("call.jsonl", all.map((e) => JSON.stringify(e) + "\n").join(""), "application/x-ndjson");
  const without = all.filter((e) => e.message === undefined).length;
  return without === 0 ? "" : `${many(without, "line")} without a message: it isn't kept`;
}

const mostTests = 100;

async function testFile(messages: readonly Entry[]): Promise<string> {
  const kept = messages.filter((e) => e.messageKept !== false).slice(0, mostTests);
  const get = (e: Entry, i: number): Promise<Named | undefined> =>
    text(`/decisions/${encodeURIComponent(e.id)}/test`).then(
      (t) => ({ name: `${i + 1}: ${title(e)} of ${e.callId}`, file: t.text }),
      () => undefined,
    );
  const files = (await Promise.all(kept.map(get))).filter((f) => f !== undefined);
  if (files.length === 0) return "No message of this call is kept whole, so no test can be made.";
  download("call.test.yaml", joined(files));
  const left = messages.length - files.length;
  return left === 0 ? "" : `${many(left, "message")} left out: not kept whole, or no test can be made of it`;
}
