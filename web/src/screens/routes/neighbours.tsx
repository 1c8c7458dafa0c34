import { useSignal } from "@preact/signals";
import type { Overlaps } from "../../api/api.gen";
import { count, share } from "../../parts/time";
import { drawer, swapRules } from "../../state/draft";
import { address } from "../../state/route";

type Pair = Overlaps["overlaps"][number];

/** Swap puts the other rule of a pair first in the draft, where the impact on recorded messages can be asked for. */
export function Swap({ pair }: { pair: Pair }) {
  const said = useSignal<string | null>(null);
  const swapped = async (): Promise<void> => {
    said.value = await swapRules(pair.ref, pair.overRef);
    if (said.value === null) drawer.value = true;
  };
  return (
    <>
      <button
        type="button"
        class="quiet"
        aria-label={`Swap ${pair.ref} and ${pair.overRef} in the draft`}
        onClick={() => void swapped()}
      >
        Swap in the draft
      </button>
      {said.value === null ? null : (
        <span role="alert">
          <bdi>{said.value}</bdi>
        </span>
      )}
    </>
  );
}

/** Neighbours are the rules that would have taken what a rule takes, and those whose messages it would have taken. */
export function Neighbours({ rule, overlaps }: { rule: string; overlaps: readonly Pair[] }) {
  const over = overlaps.filter((p) => p.ref === rule).sort((a, b) => b.count - a.count);
  const below = overlaps.filter((p) => p.overRef === rule).sort((a, b) => b.count - a.count);
  if (over.length + below.length === 0) return null;
  return (
    <ul class="notes">
      {over.slice(0, 10).map((p) => (
        <li key={p.over}>
          It took {many(p)} that <Ref of={p.overRef} /> would have taken, too. <Example of={p} /> <Swap pair={p} />
        </li>
      ))}
      {below.slice(0, 10).map((p) => (
        <li key={p.rule}>
          <Ref of={p.ref} /> above it took {many(p)} that it would have taken. <Example of={p} /> <Swap pair={p} />
        </li>
      ))}
    </ul>
  );
}

const many = (p: Pair): string => `${count(p.count)} of ${count(p.of)} sampled messages (${share(p.count, p.of)})`;

function Ref({ of }: { of: string }) {
  return (
    <a href={address("routes", [], { rule: of })}>
      <bdi>{of}</bdi>
    </a>
  );
}

function Example({ of }: { of: Pair }) {
  return of.example === null ? null : <a href={address("decision", [of.example])}>An example</a>;
}
