import { took } from "../../parts/time";

/** Share is how a message's time was spent, as a bar of three colours. */
export function Share({
  total,
  match,
  calls,
}: {
  total: number;
  match: number;
  calls: readonly { role: string; durationNs: number }[];
}) {
  const of = (role: string): number => calls.reduce((sum, c) => (c.role === role ? sum + c.durationNs : sum), 0);
  const parts = [
    ["middleware", of("middleware")],
    ["rules", match],
    ["processor", of("processor")],
  ] as const;
  const says = parts.map(([what, ns]) => `${what} ${took(ns)}`).join(", ");
  return (
    <span class="share" title={says}>
      {parts.map(([what, ns]) => (
        <span key={what} class={"bar-of " + what} style={{ width: `${(100 * ns) / Math.max(1, total)}%` }} />
      ))}
      <span class="unseen">{says}</span>
    </span>
  );
}
