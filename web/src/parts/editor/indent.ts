import { indentService, indentUnit } from "@codemirror/language";
import type { Extension } from "@codemirror/state";

/** indentation has a new line begin where the one above it does, and further in where that opens something. */
const indentation = (begin: RegExp, opens: RegExp): Extension => [
  indentUnit.of("  "),
  indentService.of((context, at) => {
    const above = context.lineAt(at, -1).text;
    return (begin.exec(above)?.[0].length ?? 0) + (opens.test(above) ? context.unit : 0);
  }),
];

/** ruleIndent is how a rule's lines are indented. */
export const ruleIndent = indentation(/^ */, /[([{]\s*$/);

/** configIndent is how a configuration's are: behind a dash, keys stand below one another. */
export const configIndent = indentation(/^ *(?:- +(?=[\w-]+:(?: |$)))*/, /(?:[([{]|:|: *[|>][-+]?)\s*$/);
