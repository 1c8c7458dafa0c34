import { useSignal } from "@preact/signals";
import { asProblem } from "../../api/problem";
import { rebase } from "../../state/draft";

/** Rebase says that something else runs than what the draft began with, and offers to make its changes on that. */
export function Rebase({ epoch }: { epoch: number }) {
  const said = useSignal("");
  const again = async (): Promise<void> => {
    try {
      const left = await rebase();
      said.value =
        left.length === 0
          ? ""
          : `Left out, for they don't fit what runs now: ${left.map((c) => `${c.ref} (${c.kind})`).join(", ")}.`;
    } catch (thrown) {
      said.value = asProblem(thrown).message;
    }
  };
  return (
    <div class="caution" role="status">
      <p>
        Something else runs now (epoch {epoch}) than what this draft began with.{" "}
        <button type="button" onClick={() => void again()}>
          Make the changes on that
        </button>
      </p>
      {said.value === "" ? null : (
        <p>
          <bdi>{said.value}</bdi>
        </p>
      )}
    </div>
  );
}
