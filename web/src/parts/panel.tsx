import { useSignal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { useEffect } from "preact/hooks";
import type { CallOptions } from "../api/call";
import type { Loaded } from "../state/load";
import { useRoom } from "../state/room";
import { CopyCurl } from "./copy";
import { ProblemView } from "./problem";

interface PanelProps<T> {
  title: string;
  loaded: Loaded<T>;
  /** What to show of the answer. */
  children: (data: T) => ComponentChildren;
  /** Stands beside the title. */
  aside?: ComponentChildren;
  /** Lines of the skeleton, so that nothing moves when the answer comes. */
  lines?: number;
  class?: string;
}

/** Panel shows the answer of one call in every state that a call has; each panel lives for itself. */
export function Panel<T>({ title, loaded, children, aside, lines = 4, class: kind = "" }: PanelProps<T>) {
  const data = loaded.data.value;
  return (
    <section class={"panel " + kind} aria-label={title} {...useRoom(title, loaded, lines)}>
      <header>
        <h2>{title}</h2>
        {aside}
        <span class="tools">
          <CopyCurl path={loaded.path} options={loaded.options} />
        </span>
      </header>
      <Refused loaded={loaded} />
      {data === undefined ? <First loaded={loaded} lines={lines} /> : <div>{children(data)}</div>}
    </section>
  );
}

/** First is what is seen of a call before its first answer: that it is awaited, or why there is none. */
export function First({ loaded, lines = 4 }: { loaded: Loaded<unknown>; lines?: number }) {
  const problem = loaded.problem.value;
  if (problem !== null) return <ProblemView problem={problem} again={loaded.reload} />;
  return <Waiting path={loaded.path} method={loaded.options.method} lines={lines} again={loaded.reload} />;
}

/** Refused says that the last answer is old since a newer one was refused; it stands above what that answer gave. */
export function Refused({ loaded }: { loaded: Loaded<unknown> }) {
  const problem = loaded.problem.value;
  if (problem === null || loaded.data.value === undefined) return null;
  return <ProblemView problem={problem} again={loaded.reload} at={loaded.at.value} />;
}

interface WaitingProps {
  /** The call's, or in words what is awaited. */
  path: string;
  method?: CallOptions["method"];
  lines?: number;
  again?: () => void;
}

/** Waiting keeps the place of what is to come: a line after 300 ms, a sentence after 8 s. */
export function Waiting({ path, lines = 4, again, method = "GET" }: WaitingProps) {
  const late = useSignal(0);
  useEffect(() => {
    const timers = [setTimeout(() => (late.value = 1), 300), setTimeout(() => (late.value = 2), 8000)];
    return () => timers.forEach(clearTimeout);
  }, []);
  return (
    <div class={"waiting late" + late.value} data-lines={Math.min(lines, 10)} aria-busy="true">
      {late.value < 2 ? null : (
        <p>
          Still waiting for {path.startsWith("/") ? <code>{method + " " + path}</code> : path}.{" "}
          {again === undefined ? null : (
            <button type="button" onClick={again}>
              Ask again
            </button>
          )}
        </p>
      )}
    </div>
  );
}

/** Empty says what would be here, and one thing to do. */
export function Empty({ children }: { children: ComponentChildren }) {
  return <div class="empty">{children}</div>;
}
