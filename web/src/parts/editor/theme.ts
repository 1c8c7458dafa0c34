import { EditorView } from "@codemirror/view";

// Colours are the page's custom properties, which reach into the shadow root that the editor stands in.

/** underline draws a line under text. WebKit doesn't take all of it in the shorthand, and would draw none. */
export const underline = (style: "solid" | "dashed" | "wavy" | "dotted", color: string, px: number) => ({
  textDecorationLine: "underline",
  textDecorationStyle: style,
  textDecorationColor: color,
  textDecorationThickness: `${px}px`,
  textUnderlineOffset: "3px",
});

const look = EditorView.theme({
  "&": { color: "var(--text)", backgroundColor: "var(--ground)", fontSize: "var(--table)" },
  "&, .cm-scroller, .cm-content": { minHeight: "inherit" }, // so that a click below the text gets into it
  "&.cm-focused": { outline: "2px solid var(--accent)", outlineOffset: "-2px" },
  ".cm-scroller": { fontFamily: "var(--mono)", lineHeight: "1.7" },
  ".cm-content": { caretColor: "var(--text)", padding: "8px 0" },
  ".cm-line": { padding: "0 12px" },
  ".cm-content ::selection": { backgroundColor: "var(--lit)" },
  ".cm-gutters": { backgroundColor: "var(--soft)", color: "var(--muted)", borderRight: "1px solid var(--line)" },
  ".cm-activeLine, .cm-activeLineGutter": { backgroundColor: "transparent" },
  ".cm-matchingBracket, &.cm-focused .cm-matchingBracket": { backgroundColor: "var(--lit)", outline: "none" },
  ".cm-tooltip": {
    backgroundColor: "var(--ground)",
    color: "var(--text)",
    border: "1px solid var(--edge)",
    borderRadius: "4px",
    boxShadow: "0 4px 16px var(--veil)",
    maxWidth: "32rem",
  },
  ".cm-tooltip-autocomplete > ul": { fontFamily: "var(--mono)", maxHeight: "16rem" },
  ".cm-tooltip-autocomplete > ul > li": { padding: "2px 8px", display: "flex", gap: "12px" },
  ".cm-tooltip-autocomplete > ul > li[aria-selected]": { backgroundColor: "var(--lit)", color: "var(--text)" },
  ".cm-completionDetail": { color: "var(--muted)", fontStyle: "normal", marginLeft: "auto" },
  ".cm-completionInfo": { padding: "6px 10px", fontFamily: "var(--sans)" },
  ".cm-diagnostic": { padding: "4px 10px", fontFamily: "var(--sans)" },
  ".cm-diagnostic-error": { borderLeft: "4px solid var(--error)" },
  ".cm-diagnostic-warning": { borderLeft: "4px solid var(--no-match)" },
  ".cm-diagnosticAction": { backgroundColor: "var(--accent)", color: "var(--accent-text)", padding: "2px 8px" },
  ".cm-lintRange-error": { backgroundImage: "none", ...underline("wavy", "var(--error)", 2) },
  ".cm-lintRange-warning": { backgroundImage: "none", ...underline("wavy", "var(--no-match)", 1) },
  ".cm-panels": { backgroundColor: "var(--soft)", color: "var(--text)" },
  ".cm-searchMatch": { backgroundColor: "var(--lit)" },
});

/** theme is how every editor of the console looks, in light and dark. */
export const theme = look;
