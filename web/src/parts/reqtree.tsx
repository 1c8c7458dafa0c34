/** ReqTree shows a message as rules see it. What is unset stands there in grey; what one points at is lit. */
export function ReqTree({
  value,
  lit,
  point,
  read = nothing,
}: {
  value: Readonly<Record<string, unknown>>;
  lit: string;
  point?: (path: string) => void;
  /** The parts that a rule reads are marked, and stand open. */
  read?: ReadonlySet<string>;
}) {
  return (
    <div class="req" aria-label="The message as rules see it" role="group" onMouseLeave={() => point?.("")}>
      <Members value={value} path="" lit={lit} point={point} read={read} />
    </div>
  );
}

const nothing: ReadonlySet<string> = new Set();

interface MembersProps {
  read: ReadonlySet<string>;
  value: object;
  path: string;
  lit: string;
  point: ((path: string) => void) | undefined;
}

function Members({ value, path, lit, point, read }: MembersProps) {
  const list = Array.isArray(value);
  return (
    <ul>
      {Object.entries(value).map(([key, member]: [string, unknown]) => {
        const own = list ? `${path}[${key}]` : path === "" ? key : `${path}.${key}`;
        const name = list ? `[${key}]` : key;
        return <Member key={key} name={name} value={member} path={own} lit={lit} point={point} read={read} />;
      })}
    </ul>
  );
}

function Member({
  name,
  value,
  path,
  lit,
  point,
  read,
}: { name: string; value: unknown } & Omit<MembersProps, "value">) {
  const isLit = lit === path;
  const pointed = {
    class: (isLit ? "lit " : "") + (read.has(path) ? "read" : ""),
    onMouseEnter: () => point?.(path),
  };
  if (typeof value === "object" && value !== null && Object.keys(value).length > 0) {
    const above = (one: string): boolean => one.startsWith(path + ".") || one.startsWith(path + "[");
    const inside = isLit || [...read].some(above) || lit.startsWith(path + ".") || lit.startsWith(path + "[");
    return (
      <li>
        <details open={inside || opened(path)}>
          <summary {...pointed}>
            {name} <span class="muted">{Array.isArray(value) ? `${value.length}` : ""}</span>
          </summary>
          <Members value={value} path={path} lit={lit} point={point} read={read} />
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
