/** Meaning is a way that a searched text may be meant, and where that leads. */
export interface Meaning {
  says: string;
  screen: string;
  args?: string[];
  query?: Record<string, string>;
  /** A whole message, which is too long for an address and is nobody's business in one. */
  pasted?: string;
}

/** meanings lists what a text may mean, the likeliest first. */
export function meanings(typed: string): Meaning[] {
  const text = typed.trim();
  if (text === "") return [];
  if (text.includes("\n") || /^\{.*\}$/s.test(text) || /^[A-Z]+ sips?:\S+ SIP\/2\.0/.test(text)) {
    return [{ says: "Open this message in the Playground", screen: "play", query: { m: "pasted" }, pasted: text }];
  }
  const found: Meaning[] = [];
  const shown = text.length > 40 ? text.slice(0, 40) + "…" : text;
  if (/^[0-9a-z]{6,}-[0-9a-f]{12}$/.test(text))
    found.push({ says: "Decision " + shown, screen: "decision", args: [text] });
  const calls: Meaning = { says: "Calls of “" + shown + "”", screen: "decisions", query: { user: text } };
  const byId: Meaning = { says: "Call “" + shown + "”", screen: "call", args: [text] };
  const byPart: Meaning = { says: "Calls with “" + shown + "” in them", screen: "decisions", query: { q: text } };
  const rule: Meaning = { says: "Rules with “" + shown + "” in them", screen: "routes", query: { q: text } };
  if (/^\+?\d[\d-]*$/.test(text)) found.push(calls, byPart, rule);
  else if (/^\S{12,}$/.test(text) && /\d/.test(text)) found.push(byId, byPart, calls, rule);
  else if (/^[0-9a-f]{6,}$/i.test(text) && /\d/.test(text)) found.push(byPart, calls, rule); // of a Call-ID
  else found.push(rule, calls, byPart);
  return found;
}
