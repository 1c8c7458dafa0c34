// Tests of rules as `dispatcher test` reads them.

/** Expected is what a test says of a message; what is left out may be anything. */
export interface Expected {
  readonly processor?: string;
  readonly code?: string;
  readonly plan?: readonly string[];
  readonly rules?: Readonly<Record<string, string>>;
}

/** Kept is the message of a test, in one form. */
export type Kept = { readonly sip: string } | { readonly json: unknown };

/** testOf writes one test, indented as an item of tests. */
export function testOf(name: string, message: Kept, expected: Expected): string {
  const form =
    "sip" in message
      ? "sip: " + block(message.sip.replaceAll("\r\n", "\n"), 8)
      : "json: " + JSON.stringify(message.json);
  return "  - name: " + quoted(name) + "\n    message:\n      " + form + "\n    expect:\n" + expectation(expected);
}

/** fileOf puts tests into one file. */
export const fileOf = (tests: readonly string[]): string => "tests:\n" + tests.join("");

/** withName gives a test that the dispatcher wrote another name and other expectations. */
export function withName(file: string, name: string, expected: Expected): string {
  const test = file.replace(/^tests:\n/m, "").replace(/^ {4}expect:\n[^]*$/m, "");
  return (
    test.replace(/^ {2}- name: .*$/m, () => "  - name: " + quoted(name)).replace(/\n*$/, "\n") +
    "    expect:\n" +
    expectation(expected)
  );
}

function expectation(e: Expected): string {
  const lines: string[] = [];
  if (e.processor !== undefined) lines.push("      processor: " + quoted(e.processor));
  if (e.code !== undefined) lines.push("      code: " + quoted(e.code));
  if (e.plan !== undefined) lines.push("      plan: [" + e.plan.map(quoted).join(", ") + "]");
  const rules = Object.entries(e.rules ?? {});
  if (rules.length > 0)
    lines.push("      rules:", ...rules.map(([ref, outcome]) => "        " + quoted(ref) + ": " + outcome));
  return lines.join("\n") + "\n";
}

/** quoted writes a text on one line, plain where YAML can't read anything else in it. JSON's strings are YAML's. */
export function quoted(text: string): string {
  if (/^[A-Za-z][\w ./-]*$/.test(text) && !/ $/.test(text) && !/^(true|false|null|yes|no|on|off|y|n)$/i.test(text))
    return text;
  return JSON.stringify(text).replace(/[\u007f-\u009f\u2028\u2029\ufeff\ufffe\uffff]/g, escape);
}

const escape = (c: string): string => "\\u" + c.charCodeAt(0).toString(16).padStart(4, "0");

/** block writes a text as a literal block, or in quotes where a block can't hold it. */
function block(text: string, indent: number): string {
  if (
    text === "" ||
    /^[ \n]|[^\n\t\x20-\x7e\u00a0-\ud7ff\ue000-\ufefe\uff00-\ufffd]|[\u2028\u2029]| (?=\n|$)/.test(text)
  )
    return quoted(text);
  const chomp = text.endsWith("\n\n") ? "+" : text.endsWith("\n") ? "" : "-";
  const pad = " ".repeat(indent);
  const body = text
    .replace(/\n$/, "")
    .split("\n")
    .map((line) => (line === "" ? "" : pad + line));
  return "|" + chomp + "\n" + body.join("\n");
}
