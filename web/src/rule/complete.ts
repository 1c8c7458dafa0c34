import { enums } from "./req.gen";
import { brief, valueAt } from "./paths";
import { described, fieldOf, typeOf } from "./schema";

/** Offer is something to complete a text with. */
export interface Offer {
  readonly label: string;
  readonly kind: "property" | "enum" | "text" | "method";
  /** Its type, beside it. */
  readonly type: string;
  /** What it gives in the message at hand. */
  readonly value: string;
  readonly doc: string;
}

/** Offers are what fits, and where in the text before the cursor what they replace begins. */
export interface Offers {
  readonly from: number;
  readonly offers: readonly Offer[];
}

const chain = /(?<![\w$.])req((?:\??\.[A-Za-z_$][\w$]*|(?:\?\.)?\[\d+\])*)\??\.([A-Za-z_$][\w$]*)?$/;
const compared = /(?<![\w$.])req((?:\??\.[A-Za-z_$][\w$]*|(?:\?\.)?\[\d+\])+)\s*(?:===?|!==?)\s*"([^"\\\n]*)$/;
const methods: Record<string, readonly string[]> = {
  string: ["startsWith", "endsWith", "includes", "toLowerCase", "match", "split", "length"],
  list: ["some", "every", "find", "filter", "includes", "length"],
};

const pathOf = (written: string): string => written.replace(/\?/g, "").replace(/\.\[/g, "[").replace(/^\./, "");

/** offers says what the text before the cursor may go on with; null where nothing is known. */
export function offers(before: string, message: unknown, seen: (path: string) => readonly string[]): Offers | null {
  const text = compared.exec(before);
  if (text !== null) return valuesOf(before, pathOf(text[1] ?? ""), text[2] ?? "", message, seen);
  const at = chain.exec(before);
  if (at === null) return null;
  const path = pathOf(at[1] ?? "");
  const from = before.length - (at[2] ?? "").length;
  const members = typeOf(path)?.fields ?? [];
  const found: Offer[] = members.map((f) => {
    const whole = path === "" ? f.name : path + "." + f.name;
    const value = message === undefined ? "" : brief(valueAt(message, whole), 32);
    return { label: f.name, kind: "property", type: described(f), value, doc: f.doc };
  });
  const field = path === "" ? undefined : fieldOf(path);
  const list = field?.list === true && !path.endsWith("]");
  for (const name of methods[list ? "list" : (field?.type ?? "")] ?? []) {
    found.push({ label: name, kind: "method", type: "", value: "", doc: "" });
  }
  return found.length === 0 ? null : { from, offers: found };
}

function valuesOf(
  before: string,
  path: string,
  typed: string,
  message: unknown,
  seen: (path: string) => readonly string[],
): Offers | null {
  const field = fieldOf(path);
  const found = new Map<string, Offer>();
  const add = (label: string, type: string, doc: string): void => {
    if (!found.has(label)) found.set(label, { label, kind: "text", type, value: "", doc });
  };
  const here = message === undefined ? undefined : valueAt(message, path);
  if (typeof here === "string" && here !== "") add(here, "in this message", "");
  for (const value of seen(path)) add(value, "in recorded messages", "");
  for (const one of enums[field?.type ?? ""] ?? []) add(one.name, field?.type ?? "", one.doc);
  return found.size === 0 ? null : { from: before.length - typed.length, offers: [...found.values()] };
}
