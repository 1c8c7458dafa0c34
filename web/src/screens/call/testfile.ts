/** One test: the file that the dispatcher writes of one decision, and a name that no other one has. */
export interface Named {
  readonly name: string;
  readonly file: string;
}

/** joined puts tests into one file, each under its name. */
export function joined(tests: readonly Named[]): string {
  const one = ({ name, file }: Named): string =>
    file
      .replace(/^[^]*?^tests:\n/m, "")
      .replace(/^ {2}- name: .*$/m, () => "  - name: " + JSON.stringify(name))
      .replace(/\n*$/, "\n");
  return "tests:\n" + tests.map(one).join("");
}
