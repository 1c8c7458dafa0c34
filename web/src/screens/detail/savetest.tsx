import { useEffect } from "preact/hooks";
import { useSignal } from "@preact/signals";
import { text } from "../../api/call";
import { asProblem, isAbort, type Problem } from "../../api/problem";
import { Copy, CopyCurl } from "../../parts/copy";
import { Dialog } from "../../parts/dialog";
import { Waiting } from "../../parts/panel";
import { ProblemView } from "../../parts/problem";
import { download } from "../download";

/** SaveTest offers a decision as a test that `dispatcher test` runs. */
export function SaveTest({ id, close }: { id: string; close: () => void }) {
  const path = `/decisions/${encodeURIComponent(id)}/test`;
  const yaml = useSignal<string | null>(null);
  const problem = useSignal<Problem | null>(null);
  useEffect(() => {
    const life = new AbortController();
    text(path, { signal: life.signal }).then(
      (got) => (yaml.value = got.text),
      (thrown: unknown) => {
        if (!isAbort(thrown)) problem.value = asProblem(thrown);
      },
    );
    return () => life.abort();
  }, [path]);
  const shown = yaml.value;
  return (
    <Dialog title="Save as a test" onClose={close}>
      {problem.value !== null ? <ProblemView problem={problem.value} /> : null}
      {shown === null ? (
        problem.value === null ? (
          <Waiting path={path} />
        ) : null
      ) : (
        <>
          <p>
            This is what became of the message. Run it with <code>dispatcher test</code>.
          </p>
          <pre class="source" tabIndex={0}>
            <bdi>{shown}</bdi>
          </pre>
          <p class="actions">
            <button type="button" class="main" onClick={() => download("rules.test.yaml", shown)}>
              Download rules.test.yaml
            </button>
            <Copy label="Copy" text={() => shown} />
            <CopyCurl path={path} />
          </p>
        </>
      )}
    </Dialog>
  );
}
