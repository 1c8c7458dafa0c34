import { useSignal } from "@preact/signals";
import type { ComponentType } from "preact";
import { useEffect } from "preact/hooks";
import { asProblem, type Problem } from "../api/problem";
import { Waiting } from "./panel";
import { ProblemView } from "./problem";

/** lazy makes a component whose code comes when it is first shown. */
export function lazy<P extends object>(load: () => Promise<ComponentType<P>>): ComponentType<P> {
  let loaded: ComponentType<P> | undefined;
  return function Lazy(props: P) {
    const tick = useSignal(0);
    const problem = useSignal<Problem | null>(null);
    useEffect(() => {
      if (loaded !== undefined) return;
      problem.value = null;
      load().then(
        (view) => {
          loaded = view;
          tick.value++;
        },
        (thrown: unknown) => (problem.value = asProblem(thrown)),
      );
    }, [tick.value]);
    if (loaded !== undefined) {
      const View = loaded;
      return <View {...props} />;
    }
    if (problem.value !== null) return <ProblemView problem={problem.value} again={() => location.reload()} />;
    return <Waiting path="this screen" lines={10} />;
  };
}
