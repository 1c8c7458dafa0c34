import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import type { Evaluated } from "../../api/api.gen";
import { call } from "../../api/call";
import { asProblem, type Problem } from "../../api/problem";
import { Copy } from "../../parts/copy";
import { Dialog } from "../../parts/dialog";
import { ProblemView } from "../../parts/problem";
import { many, size } from "../../parts/time";
import { standIns } from "../../sip/pseudonym";
import { download } from "../download";
import { fileName, linkTo, longestLink, pack, type Shared } from "./share";
import * as play from "./state";

interface Ready {
  link: string;
  shared: Shared;
  replaced: number;
  /** Whether the rule answers as before; null where nothing was replaced. */
  same: boolean | null;
}

/** Sharing makes a link that holds the rule and the message, with stand-ins for whom they name where that is wished. */
export function Sharing({ close }: { close: () => void }) {
  const standins = useSignal(true);
  const ready = useSignal<Ready | null>(null);
  const problem = useSignal<Problem | null>(null);
  useEffect(() => {
    ready.value = null;
    problem.value = null;
    make(standins.value).then(
      (r) => (ready.value = r),
      (thrown: unknown) => (problem.value = asProblem(thrown)),
    );
  }, [standins.value]);
  const r = ready.value;
  return (
    <Dialog title="Share" onClose={close}>
      <p>
        The link holds the rule, its methods and the message. Nothing is stored anywhere: who has the link has all of
        it.
      </p>
      <label class="check">
        <input
          type="checkbox"
          checked={standins.value}
          onChange={(e) => (standins.value = e.currentTarget.checked)}
        />
        Replace users, hosts and addresses by stand-ins
      </label>
      {problem.value === null ? null : <ProblemView problem={problem.value} />}
      {r === null ? null : (
        <>
          {r.same === null ? <p class="doubt">⚠ Names, numbers and addresses stand in it as they are.</p> : null}
          {r.same === true ? (
            <p>
              <span class="mark match">
                <span aria-hidden="true">●</span> Verdict unchanged
              </span>{" "}
              with {many(r.replaced, "stand-in")}.
            </p>
          ) : null}
          {r.same === false ? <p class="doubt">⚠ With the stand-ins the rule answers otherwise.</p> : null}
          <pre class="sip preview" aria-label="What the link holds" tabIndex={0}>
            <bdi>{r.shared.rule + "\n\n" + r.shared.sip}</bdi>
          </pre>
          {r.link.length > longestLink ? (
            <p>
              The link would have {size(r.link.length)}, more than mail and chats take.{" "}
              <button
                type="button"
                onClick={() => download(fileName, JSON.stringify(r.shared, null, 2), "application/json")}
              >
                Save as a file
              </button>
            </p>
          ) : (
            <p class="actions">
              <input
                class="address"
                aria-label="Link"
                readOnly
                value={r.link}
                onFocus={(e) => e.currentTarget.select()}
              />
              <Copy label="Copy the link" text={() => r.link} />
            </p>
          )}
        </>
      )}
    </Dialog>
  );
}

const random = (): number => (crypto.getRandomValues(new Uint32Array(1))[0] ?? 0) / 2 ** 32;

async function make(standins: boolean): Promise<Ready> {
  const subject = play.subject.value;
  const source = play.source.value;
  if (subject === null) throw new Error("There is no message to share.");
  if (subject.message.decision !== undefined && !standins)
    throw new Error("A recorded message is shared with stand-ins only.");
  if (!standins) {
    const shared: Shared = { v: 1, rule: source, methods: play.methods.value, sip: subject.sip };
    return { link: linkTo(await pack(shared)), shared, replaced: 0, same: null };
  }
  const by = standIns(subject.json, source, random);
  const shared: Shared = { v: 1, rule: by.rule(source), methods: play.methods.value, sip: by.sip(subject.sip) };
  const tried = await call<Evaluated>("/rules/evaluate", {
    method: "POST",
    body: { matchFunc: shared.rule, messages: [{ sip: shared.sip }] },
  });
  const same = tried.results[0]?.outcome === play.verdict.value?.result.outcome;
  return { link: linkTo(await pack(shared)), shared, replaced: by.pairs.size, same };
}
