/** ReqTree shows a message as rules see it. What is unset stands there in grey; what one points at is lit. */
export function ReqTree({
  value,
  lit,
  point,
}: {
  value: Readonly<Record<string, unknown>>;
  lit: string;
  point?: (path: string) => void;
}) {
  return (
    <div class="req" aria-label="The message as rules see it" role="group" onMouseLeave={() => point?.("")}>
      <Members value={value} path="" lit={lit} point={point} />
    </div>
  );
}

interface MembersProps {
  value: object;
  path: string;
  lit: string;
  point: ((path: string) => void) | undefined;
}

function Members({ value, path, lit, point }: MembersProps) {
  const list = Array.isArray(value);
  return (
    <ul>
      {Object.entries(value).map(([key, member]: [string, unknown]) => {
        const own = list ? `${path}[${key}]` : path === "" ? key : `${path}.${key}`;
        return <Member key={key} name={list ? `[${key}]` : key} value={member} path={own} lit={lit} point={point} />;
      })}
    </ul>
  );
}

function Member({ name, value, path, lit, point }: { name: string; value: unknown } & Omit<MembersProps, "value">) {
  const isLit = lit === path;
  const pointed = { class: isLit ? "lit" : undefined, onMouseEnter: () => point?.(path) };
  if (typeof value === "object" && value !== null && Object.keys(value).length > 0) {
    const inside = isLit || lit.startsWith(path + ".") || lit.startsWith(path + "[");
    return (
      <li>
        <details open={inside || opened(path)}>
          <summary {...pointed}>
            {name} <span class="muted">{Array.isArray(value) ? `${value.length}` : ""}</span>
          </summary>
          <Members value={value} path={path} lit={lit} point={point} />
        </details>
      </li>
    );
  }
  return (
    <li {...pointed}>
      {name}:{" "}
      <span class={isUnset(value) ? "unset" : "value"}>
        <bdi>{JSON.stringify(value)}</bdi>
      </span>
    </li>
  );
}

// What rules read most stands open; lists of networks and headers fold.
const opened = (path: string): boolean =>
  path === "message" ||
  path.startsWith("message.from") ||
  path.startsWith("message.to") ||
  path.startsWith("message.requestUri") ||
  path.startsWith("message.contact");

const isUnset = (value: unknown): boolean =>
  value === "" || value === 0 || value === false || value === null || (typeof value === "object" && value !== null);
