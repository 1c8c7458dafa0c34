import { several } from "../../state/fleet";

/** At is what a message is and, where there are several, which replica had it. */
export function At({ what, replica }: { what: string; replica: string | undefined }) {
  return (
    <>
      <bdi>{what}</bdi>{" "}
      {several.value && replica !== undefined ? <bdi class="muted" title={"at " + replica}>{end(replica)}</bdi> : null}
    </>
  );
}

/** end is what tells a long name from its neighbours, such as a pod's. */
const end = (name: string): string => (name.length > 9 ? "…" + name.slice(-6) : name);
