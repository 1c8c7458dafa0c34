import { root, type Key } from "./config.gen";
import type { ConfigPlace } from "./configplace";

/** KeyOffer is something to go on with in a configuration, and the text that it leaves there. */
export interface KeyOffer {
  readonly label: string;
  readonly kind: "property" | "enum";
  /** Its type, and what it is where nobody writes it. */
  readonly type: string;
  readonly doc: string;
  readonly written: string;
}

/** keyAt is what the schema has at a path of keys. */
export function keyAt(path: readonly string[]): Key | undefined {
  return path.reduce<Key | undefined>((key, name) => key?.keys?.[name], root);
}

/** keyOffers says what fits a place of a configuration, by its schema; none where that says nothing. */
export function keyOffers(place: ConfigPlace): KeyOffer[] {
  const key = keyAt(place.path);
  if (key === undefined) return [];
  const values = (list: readonly string[]): KeyOffer[] =>
    list.map((v) => ({
      label: v, kind: "enum", type: v === key.default ? "default" : "", doc: "", written: v,
    }));
  if (key.keys !== undefined) {
    if (place.kind === "value") return [];
    return Object.entries(key.keys).filter(([name]) => !place.beside.has(name))
      .map(([name, k]) => ({
        label: name, kind: "property", type: described(k), doc: k.doc, written: name + behind(k, place.indent),
      }));
  }
  if (key.values !== undefined) return values(key.values);
  if (place.kind === "key") return [];
  if (key.type === "boolean") return values(["true", "false"]);
  return key.default === undefined ? [] : values([key.default]);
}

/** described is a key's type with its default, as people say it: duration, default 5s. */
export function described(key: Key): string {
  const few = key.values !== undefined && key.list !== true && key.values.length < 4;
  const one = few ? (key.values ?? []).join(" or ") : key.type;
  const type = key.list === true ? `list of ${one}s` : one;
  return type + (key.required === true ? ", required" : key.default === undefined ? "" : ", default " + key.default);
}

/** behind is what follows a key: a space, or the line that what is below it begins on. */
function behind(key: Key, indent: number): string {
  const below = ":\n" + " ".repeat(indent + 2);
  if (key.list === true) return key.keys === undefined ? ": []" : below + "- ";
  return key.keys === undefined ? ": " : below;
}
