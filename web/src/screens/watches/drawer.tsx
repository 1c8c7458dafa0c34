import { useSignal } from "@preact/signals";
import { asProblem, type Problem } from "../../api/problem";
import { Dialog } from "../../parts/dialog";
import { ProblemView } from "../../parts/problem";
import { filters, parseFilter, filterText, isEmpty, type Filter } from "../../state/filter";
import { address, go } from "../../state/route";
import { watch } from "../../state/watches";

/** WatchDrawer sets a watch: what for, and how long. */
export function WatchDrawer({ filter, close }: { filter: Filter; close: () => void }) {
  const text = useSignal(filterText(filter));
  const minutes = useSignal(15);
  const problem = useSignal<Problem | null>(null);
  const set = async (): Promise<void> => {
    problem.value = null;
    try {
      const made = await watch(parseFilter(text.value), minutes.value);
      close();
      go(address("watches", made.map((w) => w.id)));
    } catch (thrown) {
      problem.value = asProblem(thrown);
    }
  };
  const wanted = parseFilter(text.value);
  return (
    <Dialog title="Watch for messages" onClose={close} drawer>
      <p>
        The dispatcher keeps what fits with all its messages, whatever else comes in. Set the watch, and let them dial
        again.
      </p>
      <form
        onSubmit={(e) => {
          e.preventDefault();
          void set();
        }}
      >
        <p>
          <label>
            What for
            <br />
            <input
              type="text"
              class="wide mono"
              spellcheck={false}
              autocomplete="off"
              placeholder="user:1002"
              value={text.value}
              onInput={(e) => (text.value = e.currentTarget.value)}
            />
          </label>
        </p>
        <fieldset>
          <legend>For how long</legend>
          {[5, 15, 60].map((m) => (
            <label key={m} class="check">
              <input type="radio" name="for" checked={minutes.value === m} onChange={() => (minutes.value = m)} />{" "}
              {m} minutes
            </label>
          ))}
        </fieldset>
        {problem.value === null ? null : <ProblemView problem={problem.value} />}
        <p class="actions">
          <button type="submit" class="main" disabled={isEmpty(wanted)}>
            Watch
          </button>
          {isEmpty(wanted) ? <span class="muted">Say who or what to watch for.</span> : null}
        </p>
      </form>
      <details>
        <summary>What can be watched for</summary>
        <dl>
          {Object.entries(filters).map(([name, f]) => (
            <>
              <dt key={name}>
                <code>{name}:</code>
              </dt>
              <dd>{f.says}</dd>
            </>
          ))}
        </dl>
      </details>
    </Dialog>
  );
}
