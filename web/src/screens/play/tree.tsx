import { brief } from "../../rule/paths";
import { fieldOf } from "../../rule/schema";
import * as play from "./state";
import type { Subject } from "./subject";

/** Tree shows req as rules see it. What the rule reads is marked; what the message doesn't have is grey. */
export function Tree({ subject }: { subject: Subject }) {
  if (subject.json === null) return <p class="muted">The text is too little for a message.</p>;
  return (
    <div class="tree">
      <Members of={subject.json} path="" />
    </div>
  );
}

function Members({ of, path }: { of: object; path: string }) {
  const list = Array.isArray(of);
  return (
    <ul>
      {Object.entries(of).map(([name, value]) => {
        const own = list ? path + "[" + name + "]" : path === "" ? name : path + "." + name;
        return <Member key={name} name={name} value={value} path={own} />;
      })}
    </ul>
  );
}

function Member({ name, value, path }: { name: string; value: unknown; path: string }) {
  const reads = play.ruleParts.value.filter((p) => p.path !== "" && p.path.startsWith(path));
  const read = reads.some((p) => p.path === path);
  const lit = play.pointed.value === path;
  const kind = (lit ? "lit " : "") + (read ? "read" : "");
  const point = (): void => void (play.pointed.value = path);
  if (typeof value !== "object" || value === null || Object.keys(value).length === 0) {
    const unset = value === null || value === "" || value === -1 || value === false || typeof value === "object";
    return (
      <li class={kind + (unset ? " unset" : "")} onMouseEnter={point} title={fieldOf(path)?.doc}>
        <code>{name}</code>{" "}
        <code class="value">
          <bdi>{brief(value, 400)}</bdi>
        </code>
      </li>
    );
  }
  return (
    <li class={kind} onMouseEnter={reads.length > 0 ? undefined : point}>
      <details open={reads.length > 0 || path === "message"}>
        <summary title={fieldOf(path)?.doc}>
          <code>{name}</code> <span class="muted small">{Array.isArray(value) ? value.length + " items" : ""}</span>
        </summary>
        <Members of={value} path={path} />
      </details>
    </li>
  );
}
