import { useSignal, type Signal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { asProblem, isAbort, type Problem } from "../../api/problem";
import { draft, loadBase, type Base } from "../../state/draft";

interface UsedBase {
  base: Signal<Base | null>;
  problem: Signal<Problem | null>;
}

/** useBase has the text of what runs, and asks for it again when something else runs. A draft keeps its own. */
export function useBase(hash: string | undefined): UsedBase {
  const base = useSignal<Base | null>(draft.peek()?.base ?? null);
  const problem = useSignal<Problem | null>(null);
  useEffect(() => {
    const life = new AbortController();
    loadBase(life.signal).then(
      (got) => {
        problem.value = null;
        if (draft.peek() === null) base.value = got;
      },
      (thrown: unknown) => {
        if (!isAbort(thrown)) problem.value = asProblem(thrown);
      },
    );
    return () => life.abort();
  }, [hash, draft.value === null]);
  return { base, problem };
}
