import { useSignal } from "@preact/signals";
import { call } from "../../api/call";
import type { Reload } from "../../api/api.gen";
import { asProblem, type Problem } from "../../api/problem";
import { Dialog } from "../../parts/dialog";
import { Mark } from "../../parts/glyph";
import { OnlyHere } from "../../parts/onlyhere";
import { ProblemView } from "../../parts/problem";
import { many } from "../../parts/time";
import { Shown } from "./problems";

interface ReloadProps {
  source: string;
  running: string;
  /** The hash that the draft has as a file; undefined where there is none that could be used. */
  drafted: string | undefined;
  close: () => void;
}

/** ReloadDialog has the dispatcher read its file, if that is what one thinks it is. */
export function ReloadDialog({ source, running, drafted, close }: ReloadProps) {
  const chosen = useSignal<"draft" | "running" | "any" | null>(null);
  const only = chosen.value ?? (drafted === undefined ? "any" : "draft");
  const done = useSignal<(Reload & { changed?: boolean }) | null>(null);
  const problem = useSignal<Problem | null>(null);
  const hashes = { draft: drafted, running, any: undefined };
  const reload = async (): Promise<void> => {
    const hash = hashes[only];
    [problem.value, done.value] = [null, null];
    try {
      done.value = await call<Reload>("/reload", {
        method: "POST",
        headers: hash === undefined ? {} : { "If-Match": `"${hash}"` },
      });
    } catch (thrown) {
      problem.value = asProblem(thrown);
    }
  };
  const choice = (name: "draft" | "running" | "any", says: string) => (
    <label class="check">
      <input type="radio" name="only" checked={only === name} onChange={() => (chosen.value = name)} /> {says}
      {hashes[name] === undefined ? null : <code>{hashes[name]?.slice(0, 12)}</code>}
    </label>
  );
  return (
    <Dialog title="Read the file again" onClose={close}>
      <p>
        The dispatcher reads{" "}
        <code>
          <bdi>{source}</bdi>
        </code>
        . The console doesn't write it. A file that changes is picked up by itself. <OnlyHere />
      </p>
      <fieldset>
        <legend>Only if the file is</legend>
        {drafted === undefined ? null : choice("draft", "the draft")}
        {choice("running", "what runs already")}
        {choice("any", "whatever it is now")}
      </fieldset>
      {done.value === null ? null : (
        <p role="status">
          <Mark of="match">{` Epoch ${done.value.epoch}`}</Mark>
          {done.value.changed === false
            ? ": what was read is what runs."
            : ` began, with ${many(done.value.warningsTotal, "warning")}.`}
        </p>
      )}
      {problem.value === null ? null : (
        <>
          <ProblemView problem={problem.value} />
          <p>Nothing was changed, and the draft is as it was.</p>
          <Shown
            of={(problem.value.fault.problems ?? []).length}
            total={problem.value.fault.problemsTotal ?? 0}
          />
          {(problem.value.fault.problems ?? []).map((p, i) => (
            <pre key={i} class="snippet" tabIndex={0}>
              <bdi>{`${p.line}:${p.column} ${p.path}: ${p.message}\n${p.snippet}`}</bdi>
            </pre>
          ))}
        </>
      )}
      <p class="actions">
        <button type="button" class="main" onClick={() => void reload()}>
          Read it
        </button>
      </p>
    </Dialog>
  );
}
