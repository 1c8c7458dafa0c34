import type { Impact } from "../../api/api.gen";
import { Mark } from "../../parts/glyph";
import { many } from "../../parts/time";

type Example = Impact["moves"][number]["examples"][number];

/** Examples are a few of the messages; each opens both answers. */
export function Examples({ list, ask }: { list: readonly Example[]; ask: (id: string) => void }) {
  return (
    <>
      {list.slice(0, 3).map((e) => (
        <button
          key={e.index}
          type="button"
          class="quiet"
          disabled={e.id === undefined}
          onClick={() => ask(e.id ?? "")}
        >
          <bdi>
            {e.method} {e.callId.slice(0, 12)}
          </bdi>
        </button>
      ))}
    </>
  );
}

/** Failures are errors that a draft brings or ends. */
export function Failures({
  title,
  of,
  list,
  ask,
}: {
  title: string;
  of: "match" | "error";
  list: Impact["newErrors"];
  ask: (id: string) => void;
}) {
  return (
    <>
      {list.map((f) => (
        <p key={(f.ref ?? "") + f.error}>
          <Mark of={of}>{" " + title}</Mark> <bdi>{f.ref ?? ""}</bdi> {many(f.count, "message")}:{" "}
          <bdi>{f.error}</bdi>{" "}
          <Examples list={f.examples} ask={ask} />
        </p>
      ))}
    </>
  );
}
