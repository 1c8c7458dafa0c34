import { stepsOf } from "./paths";
import { root, types, type Field, type Type } from "./req.gen";

/** typeOf returns the type whose members a path's value has; undefined where it has none that are known. */
export function typeOf(path: string): Type | undefined {
  if (path === "") return types[root];
  const field = fieldOf(path);
  if (field === undefined) return undefined;
  const atItem = path.endsWith("]");
  return field.list === true && !atItem ? undefined : types[field.type];
}

/** fieldOf returns what is known of the member that a path names. */
export function fieldOf(path: string): Field | undefined {
  let type: Type | undefined = types[root];
  let field: Field | undefined;
  for (const name of stepsOf(path)) {
    if (field?.list === true && /^\d+$/.test(name)) {
      type = types[field.type];
      continue;
    }
    if (field?.map === true) return undefined;
    field = type?.fields.find((f) => f.name === name);
    if (field === undefined) return undefined;
    type = field.list === true ? undefined : types[field.type];
  }
  return field;
}

/** described writes a field's type as rules know it: string, SIPURI, or a list of Via. */
export function described(field: Field): string {
  if (field.list === true) return "list of " + field.type;
  return field.map === true ? "object of " + field.type + "s by name" : field.type;
}
