import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { asProblem, type Problem } from "../../api/problem";
import { Copy } from "../../parts/copy";
import { Dialog } from "../../parts/dialog";
import { signIn, type Access } from "../../state/session";

/** SignIn asks for the token, over the page, which stays as it was. */
export function SignIn({ access }: { access: Extract<Access, { state: "signin" }> }) {
  const keep = useSignal(false);
  const busy = useSignal(false);
  const failed = useSignal<Problem | null>(access.tried ? access.problem : null);
  const field = useRef<HTMLInputElement>(null);
  useEffect(() => field.current?.focus(), []);

  const submit = async (event: Event): Promise<void> => {
    event.preventDefault();
    const token = field.current?.value.trim() ?? "";
    if (token === "" || busy.value) return;
    busy.value = true;
    failed.value = null;
    try {
      await signIn(token, keep.value);
    } catch (thrown) {
      failed.value = asProblem(thrown);
      field.current?.select();
    }
    busy.value = false;
  };
  return (
    <Dialog title="Sign in" closable={false} onClose={() => undefined}>
      <form onSubmit={(event) => void submit(event)}>
        <p>
          The dispatcher asks for its admin token: the value of <code>DISPATCHER_ADMIN_TOKEN</code>, or what the file
          in <code>spec.admin.tokenFile</code> holds.
        </p>
        <label>
          Token
          <input
            ref={field}
            type="password"
            name="token"
            autocomplete="current-password"
            spellcheck={false}
            required
          />
        </label>
        <label class="check">
          <input type="checkbox" checked={keep.value} onChange={(e) => (keep.value = e.currentTarget.checked)} /> Keep
          for this tab
        </label>
        {failed.value === null ? null : (
          <p role="alert">
            <span class="mark error" aria-hidden="true">
              ✕
            </span>{" "}
            <bdi>{failed.value.message}</bdi>
            {failed.value.retryAfter > 0 ? " Wait " + failed.value.retryAfter + " s." : null}
          </p>
        )}
        <p class="actions">
          <button type="submit" class="main" disabled={busy.value}>
            Sign in
          </button>
        </p>
      </form>
    </Dialog>
  );
}

/** Refused says why nobody may come in here, and what to do about it. */
export function Refused({ problem }: { problem: Problem }) {
  const tunnel =
    "ssh -L 51901:127.0.0.1:" + (location.port === "" ? "51901" : location.port) + " " + location.hostname;
  return (
    <main class="refused" id="main">
      <h1>
        {problem.status === 404 ? "The admin API is switched off" : "The dispatcher doesn't let this browser in"}
      </h1>
      <p>
        <bdi>{problem.message}</bdi>
      </p>
      {problem.status !== 403 ? null : (
        <p>
          A tunnel: <code>{tunnel}</code> <Copy label="Copy" text={() => tunnel} />, then open http://127.0.0.1:51901.
        </p>
      )}
      <p>
        <button type="button" onClick={() => location.reload()}>
          Try again
        </button>
      </p>
    </main>
  );
}
