/** Who is a SIP address in a list. Where there is little room, its host is left out. What isn't told is a dash. */
export function Who({ of }: { of: string | undefined }) {
  const at = of?.lastIndexOf("@") ?? -1;
  if (of === undefined || of === "") return <bdi>–</bdi>;
  return (
    <bdi title={of}>
      {at < 1 ? of : of.slice(0, at)}
      {at < 1 ? null : <span class="host">{of.slice(at)}</span>}
    </bdi>
  );
}
