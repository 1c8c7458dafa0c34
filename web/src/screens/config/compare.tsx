import type { Explanation } from "../../api/api.gen";
import { Dialog } from "../../parts/dialog";
import { Mark } from "../../parts/glyph";
import { First } from "../../parts/panel";
import { useLoad, type Loaded } from "../../state/load";
import { address } from "../../state/route";

/** Compare asks the rules that run and those of the draft about one message, and shows both answers. */
export function Compare({ id, config, close }: { id: string; config: string; close: () => void }) {
  const message = { decision: id };
  const now = useLoad<Explanation>("/route/explain", { method: "POST", body: { message, rules: "decisive" } });
  const then = useLoad<Explanation>("/route/explain", {
    method: "POST",
    body: { message, rules: "decisive", config },
  });
  const differ = differing(now.data.value, then.data.value);
  return (
    <Dialog title="One message, both ways" onClose={close}>
      <div class="both">
        <Side title="What runs" loaded={now} differ={differ} />
        <Side title="The draft" loaded={then} differ={differ} />
      </div>
      <p>
        <a href={address("decision", [id])}>The decision</a> ·{" "}
        <a href={address("play", [], { decision: id })}>Open in the Playground</a>
      </p>
    </Dialog>
  );
}

// differing names the rules that answer otherwise.
function differing(a: Explanation | undefined, b: Explanation | undefined): ReadonlySet<string> {
  const said = new Map((a?.rules ?? []).map((r) => [r.ref, r.outcome]));
  return new Set((b?.rules ?? []).filter((r) => said.get(r.ref) !== r.outcome).map((r) => r.ref));
}

function Side({
  title,
  loaded,
  differ,
}: {
  title: string;
  loaded: Loaded<Explanation>;
  differ: ReadonlySet<string>;
}) {
  const x = loaded.data.value;
  return (
    <section aria-label={title}>
      <h3>{title}</h3>
      {x === undefined ? (
        <First loaded={loaded} />
      ) : (
        <>
          <p>
            <Mark of={x.processor === "" ? (x.error ? "error" : "no-match") : "match"}>
              {x.processor === "" ? ` ${x.code}` : ` goes to ${x.processor}`}
            </Mark>
          </p>
          {x.error ? (
            <p>
              <bdi>{x.error}</bdi>
            </p>
          ) : null}
          <ul class="gave">
            {x.rules.map((r) => (
              <li key={r.ref} class={differ.has(r.ref) ? "lit" : undefined}>
                <Mark of={r.outcome} /> <bdi>{r.ref}</bdi>{" "}
                <bdi class="muted">{r.error ? r.error.message : (r.because ?? "")}</bdi>
              </li>
            ))}
          </ul>
        </>
      )}
    </section>
  );
}
