import { useSignal } from "@preact/signals";
import type { ComponentType } from "preact";
import { useEffect } from "preact/hooks";
import { asProblem, type Problem } from "../api/problem";
import { Waiting } from "./panel";
import { ProblemView } from "./problem";

/** Lazy is a component whose code comes when it is first shown, or early: before it is known where. */
export type Lazy<P> = ComponentType<P> & { early: () => void };

/** lazy makes a component of code that is loaded once. */
export function lazy<P extends object>(load: () => Promise<ComponentType<P>>): Lazy<P> {
  let loaded: ComponentType<P> | undefined;
  let coming: Promise<void> | undefined;
  const come = async (): Promise<void> => {
    try {
      loaded = await load();
    } catch (thrown) {
      coming = undefined; // the next one who wants it tries again
      throw thrown;
    }
  };
  const ready = (): Promise<void> => (coming ??= come());
  function Lazy(props: P) {
    const tick = useSignal(0);
    const problem = useSignal<Problem | null>(null);
    const waits = loaded === undefined; // it may have come by the time that the effect runs, and is to be shown then
    useEffect(() => {
      if (!waits) return;
      problem.value = null;
      ready().then(() => tick.value++, (thrown: unknown) => (problem.value = asProblem(thrown)));
    }, [tick.value]);
    if (loaded !== undefined) {
      const View = loaded;
      return <View {...props} />;
    }
    if (problem.value !== null) return <ProblemView problem={problem.value} again={() => location.reload()} />;
    return <Waiting path="this screen" again={() => location.reload()} lines={10} />;
  }
  return Object.assign(Lazy, { early: () => void ready().catch(() => undefined) }); // who shows it says what is wrong
}
