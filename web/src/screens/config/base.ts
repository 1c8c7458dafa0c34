import { useEffect } from "preact/hooks";
import { draft, loadBase, type Base } from "../../state/draft";
import { useLoad, type Loaded } from "../../state/load";

interface UsedBase {
  /** The draft's, where there is one; undefined while it is awaited. */
  base: Base | undefined;
  /** The call that asks for the text of what runs. */
  loaded: Loaded<Base>;
}

/** useBase has the text of what runs, and asks for it again when something else runs. A draft keeps its own. */
export function useBase(hash: string | undefined): UsedBase {
  const loaded = useLoad<Base>("/config/source", { ask: (_, signal) => loadBase(signal) });
  const has = loaded.data.value?.hash;
  useEffect(() => {
    if (hash !== undefined && has !== undefined && hash !== has) loaded.reload();
  }, [hash, has]);
  return { base: draft.value?.base ?? loaded.data.value, loaded };
}
