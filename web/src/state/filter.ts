// Which decisions a list shows: as people type it, as the page's address has it, and as the API takes it.

/** Filter has the values of each part; several mean "or", a leading ! means "not". */
export type Filter = Readonly<Record<string, readonly string[]>>;

/** What can be asked for, by the names that people type, and the API's names of those. */
export const filters: Readonly<Record<string, { api: string; says: string }>> = {
  q: { api: "q", says: "a part of the Call-ID, a user or the error" },
  user: { api: "user", says: "who calls or is called" },
  call: { api: "callId", says: "the whole Call-ID" },
  method: { api: "method", says: "SIP method, such as INVITE" },
  kind: { api: "kind", says: "request or response" },
  response: { api: "responseType", says: "status of a response, such as RINGING" },
  processor: { api: "processor", says: "who got it; - for nobody" },
  instance: { api: "instance", says: "address of the instance" },
  code: { api: "code", says: "gRPC code, such as INTERNAL" },
  rule: { api: "failedRule", says: "the rule that failed on it" },
  edgeport: { api: "edgePort", says: "the EdgePort it came from" },
  epoch: { api: "epoch", says: "number of the configuration" },
  min: { api: "minDuration", says: "took at least, such as 50ms" },
  since: { api: "since", says: "from this time on" },
  until: { api: "until", says: "up to this time" },
  failed: { api: "failed", says: "1: only what failed" },
};

const single = new Set(["min", "since", "until", "failed", "match"]);

/** ruleOf is the rule in a filter: of what is kept, only messages that it matches. Undefined where there is none. */
export const ruleOf = (filter: Filter): string | undefined => filter["match"]?.[0];

// A rule is the rest of the text: a filter's other terms stand before it. Without a space rule: names one that failed.
const ruleIn = /(?:^|\s)rule:(?:\s+(?=\S)|(?=\S*=>))([^]*)$/;

/**
 * parseFilter reads what somebody typed: user:1002 !method:OPTIONS code:INTERNAL,NOT_FOUND. Other words are a q, and
 * what stands behind "rule: " is a rule, such as req => req.method === "INVITE".
 */
export function parseFilter(text: string): Filter {
  const found: Record<string, string[]> = {};
  const rule = ruleIn.exec(text);
  for (const word of text.slice(0, rule?.index ?? text.length).split(/\s+/)) {
    const m = /^(!?)([a-z]+):(.+)$/i.exec(word);
    const name = m?.[2]?.toLowerCase() ?? "";
    const known = m?.[3] !== undefined && name in filters;
    if (word === "failed") add(found, "failed", "1");
    else if (known && single.has(name)) add(found, name, m?.[3] ?? "");
    else if (known) for (const v of (m?.[3] ?? "").split(",")) add(found, name, (m?.[1] ?? "") + v);
    else add(found, "q", word);
  }
  if (rule?.[1] !== undefined) add(found, "match", rule[1].trim());
  return found;
}

function add(to: Record<string, string[]>, name: string, value: string): void {
  if (value === "" || value === "!") return;
  const values = single.has(name) ? [] : (to[name] ?? []);
  to[name] = values.includes(value) ? values : [...values, value];
}

/** filterText writes a filter so that parseFilter reads it back. */
export function filterText(filter: Filter): string {
  const rule = ruleOf(filter);
  const terms = Object.entries(filter)
    .flatMap(([name, values]) => {
      if (name === "match") return [];
      if (name === "q") return values;
      if (name === "failed") return ["failed"];
      const [not, is] = [values.filter((v) => v.startsWith("!")), values.filter((v) => !v.startsWith("!"))];
      const part = (list: readonly string[], mark: string): string[] =>
        list.length === 0 ? [] : [`${mark}${name}:${list.map((v) => v.replace(/^!/, "")).join(",")}`];
      return [...part(is, ""), ...part(not, "!")];
    });
  return [...terms, ...(rule === undefined ? [] : ["rule: " + rule])].join(" ");
}

/** fromAddress reads the filter in the page's address. */
export function fromAddress(query: URLSearchParams): Filter {
  const found: Record<string, string[]> = {};
  for (const [name, value] of query) {
    if (name in filters || name === "match")
      for (const v of single.has(name) || name === "q" ? [value] : value.split(",")) add(found, name, v);
  }
  return found;
}

/** toAddress writes the filter for the page's address. */
export function toAddress(filter: Filter): Record<string, string> {
  return Object.fromEntries(
    Object.entries(filter).map(([name, values]) => [name, values.join(name === "q" ? " " : ",")]),
  );
}

/** toCall writes the filter for the API, without its rule. */
export function toCall(filter: Filter): Record<string, string[]> {
  return Object.fromEntries(
    Object.entries(filter).filter(([name]) => name !== "match").map(([name, values]) => [
      filters[name]?.api ?? name,
      name === "failed" ? ["true"] : [...values],
    ]),
  );
}

/** isEmpty reports whether a filter lets everything through. */
export const isEmpty = (filter: Filter): boolean => Object.keys(filter).length === 0;
