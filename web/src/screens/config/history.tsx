import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { text } from "../../api/call";
import type { Attempt, Epochs } from "../../api/api.gen";
import { asProblem, isAbort } from "../../api/problem";
import { Difference } from "../../parts/difference";
import { Mark } from "../../parts/glyph";
import { OnlyHere } from "../../parts/onlyhere";
import { First, Refused, Waiting } from "../../parts/panel";
import { CopyCurl } from "../../parts/copy";
import { Clock } from "../../parts/when";
import { useLoad } from "../../state/load";

/** History lists the attempts to load the configuration; two that are kept can be compared. */
export function History() {
  const loaded = useLoad<Epochs>("/epochs", { every: 5000 });
  const picked = useSignal<readonly number[]>([]);
  const data = loaded.data.value;
  if (data === undefined) {
    return <First loaded={loaded} />;
  }
  const pick = (epoch: number): void => {
    const rest = picked.value.filter((e) => e !== epoch);
    picked.value = rest.length < picked.value.length ? rest : [...rest, epoch].slice(-2);
  };
  const [a, b] = [...picked.value].sort((x, y) => x - y);
  return (
    <>
      <Refused loaded={loaded} />
      <OnlyHere />
      <div class="wide-table">
        <table class="history">
          <thead>
            <tr>
              <th>when</th>
              <th>by</th>
              <th>result</th>
              <th>rules</th>
              <th>compare</th>
            </tr>
          </thead>
          <tbody>
            {data.attempts.map((one) => (
              <tr key={one.time}>
                <td>
                  <Clock time={one.time} />
                  {one.times > 1 ? ` ×${one.times}` : ""}
                </td>
                <td>
                  <bdi>{one.trigger}</bdi>
                </td>
                <td>
                  <Result of={one} />
                </td>
                <td>
                  <bdi>{changed(one)}</bdi>
                </td>
                <td>
                  {one.result === "new" && data.kept.includes(one.epoch) ? (
                    <label class="check">
                      <input
                        type="checkbox"
                        checked={picked.value.includes(one.epoch)}
                        onChange={() => pick(one.epoch)}
                      />{" "}
                      <span class="unseen">epoch {one.epoch}</span>
                    </label>
                  ) : null}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {a !== undefined && b !== undefined ? (
        <Between key={`${a}-${b}`} a={a} b={b} />
      ) : (
        <p class="muted">Tick two epochs to see what changed between them.</p>
      )}
      <p class="muted">
        <CopyCurl path={loaded.path} />
      </p>
    </>
  );
}

function Result({ of }: { of: Attempt }) {
  if (of.result === "failed")
    return (
      <>
        <Mark of="error"> failed</Mark> <bdi>{of.detail}</bdi>
      </>
    );
  return of.result === "new" ? (
    <Mark of="match">{` epoch ${of.epoch}`}</Mark>
  ) : (
    <Mark of="not-tried"> the same as before</Mark>
  );
}

function changed({ rules }: Attempt): string {
  const parts = (["added", "changed", "removed"] as const).flatMap((what) => {
    const refs = rules[what];
    return refs.count === 0
      ? []
      : [`${what} ${refs.refs.slice(0, 5).join(", ")}${refs.count > 5 ? ` and ${refs.count - 5} more` : ""}`];
  });
  return [...parts, ...(rules.reordered ? ["another order"] : [])].join("; ");
}

function Between({ a, b }: { a: number; b: number }) {
  const both = useSignal<readonly [string, string] | null>(null);
  const failed = useSignal("");
  useEffect(() => {
    const life = new AbortController();
    const get = (epoch: number): Promise<string> =>
      text(`/config/source?epoch=${epoch}`, { signal: life.signal }).then((got) => got.text);
    Promise.all([get(a), get(b)]).then(
      ([x, y]) => (both.value = [x, y]),
      (thrown: unknown) => {
        if (!isAbort(thrown)) failed.value = asProblem(thrown).message;
      },
    );
    return () => life.abort();
  }, [a, b]);
  if (failed.value !== "")
    return (
      <p role="alert">
        <bdi>{failed.value}</bdi>
      </p>
    );
  return both.value === null ? (
    <Waiting path={`/config/source?epoch=${a}`} />
  ) : (
    <Difference old={both.value[0]} now={both.value[1]} label={`From epoch ${a} to epoch ${b}`} />
  );
}
