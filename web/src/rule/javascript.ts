// What stands out in a rule's JavaScript. It is for colours alone: a whole grammar takes 42 kB compressed, and what is
// wrong with a rule the dispatcher says.

/** Token is a piece of a rule that has a colour. Units are UTF-16. */
export interface Token {
  readonly from: number;
  readonly to: number;
  readonly kind: "comment" | "text" | "word" | "constant";
}

const piece = new RegExp(
  [
    String.raw`(?<comment>\/\/.*|\/\*[^]*?(?:\*\/|$))`,
    String.raw`(?<text>"(?:[^"\\\n]|\\[^])*"?|'(?:[^'\\\n]|\\[^])*'?)`,
    String.raw`(?<name>[\p{L}_$][\p{L}\p{N}_$]*)`,
    String.raw`(?<number>\.?\d[\w.]*)`,
    String.raw`(?<space>\s+)`,
    "[^]",
  ].join("|"),
  "uy",
);
const regexp = /\/(?:[^/\\\n[]|\\.|\[(?:[^\]\\\n]|\\.)*\])+\/[a-z]*/y;
const template = /(?:[^`\\$]|\\[^]|\$(?!\{))*(?:`|\$\{|\\?$)/y;
const words = new Set(
  ("async await break case catch class const continue default delete do else export extends finally for function if " +
    "import in instanceof let new of return static super switch this throw try typeof var void while with yield")
    .split(" "),
);
const constants = new Set("true false null undefined NaN Infinity".split(" "));

/** tokens lists the pieces of a rule that have a colour, in order. No text is refused. */
export function tokens(source: string): Token[] {
  const found: Token[] = [];
  const braces: number[] = []; // open ones, in each ${ of a template literal
  let value = false; // what stands before is a value, so that a slash divides
  let member = false; // what stands before is a dot
  const add = (to: number, kind: Token["kind"]): number => (found.push({ from: at, to, kind }), to);
  const literal = (begin: number): number => {
    template.lastIndex = begin;
    const to = begin + (template.exec(source)?.[0].length ?? 0);
    if (source.startsWith("${", to - 2)) braces.push(0);
    return add(to, "text");
  };
  let at = 0;
  while (at < source.length) {
    const c = source[at];
    const top = braces.length - 1;
    if (c === "`" || (c === "}" && braces[top] === 0)) {
      if (c === "}") braces.pop();
      const open = braces.length;
      at = literal(at + 1);
      value = braces.length === open;
      continue;
    }
    if (c === "{" && top >= 0) braces[top] = (braces[top] ?? 0) + 1;
    if (c === "}" && top >= 0) braces[top] = (braces[top] ?? 0) - 1;
    piece.lastIndex = at;
    const m = piece.exec(source);
    const g = m?.groups ?? {};
    const to = at + (m?.[0].length ?? 1);
    if (g["space"] !== undefined) {
      at = to;
    } else if (g["comment"] !== undefined) {
      at = add(to, "comment");
    } else if (c === "/" && !value && (regexp.lastIndex = at, regexp.test(source))) {
      at = add(regexp.lastIndex, "text");
      value = true;
    } else {
      const name = g["name"] ?? "";
      const word = words.has(name) && !member;
      if (g["text"] !== undefined) add(to, "text");
      else if (word) add(to, "word");
      else if (g["number"] !== undefined || (constants.has(name) && !member)) add(to, "constant");
      value = !word && (m?.[0].length !== 1 || /[\p{L}\p{N}_$)\]}"']/u.test(c ?? ""));
      member = c === ".";
      at = to;
    }
  }
  return found;
}
