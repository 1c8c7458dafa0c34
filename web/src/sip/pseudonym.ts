// Stand-ins for what tells who somebody is: users, hosts, addresses, and what they prove it with. The same part gets
// the same stand-in wherever it is, and parts that begin alike (users, addresses) or end alike (hosts) have stand-ins
// that do so too. So a rule that compares, or asks how something begins or ends, answers as it did: whether it does is
// tried, not believed.

/** A source of numbers of at least 0 and below 1. */
export type Random = () => number;

/** Stand-ins that were given out, and how to apply them. */
export interface StandIns {
  /** Whatever stands for something in a text: SIP, or a rule, where only what is in quotes is replaced. */
  sip(text: string): string;
  rule(source: string): string;
  /** What was replaced, and by what. */
  readonly pairs: ReadonlyMap<string, string>;
}

const digits = "0123456789";
const letters = "abcdefghijklmnopqrstuvwxyz";

// Alphabets that a character is exchanged within; others, such as + and -, stay.
const alphabets = [digits, letters, letters.toUpperCase()];
const alphabetOf = (c: string): string => alphabets.find((a) => a.includes(c)) ?? "";

/** standIns finds who is named in a message, as rules see it, and in the quoted texts of a rule. */
export function standIns(message: unknown, rule: string, random: Random): StandIns {
  const names = new Set<string>();
  collect(message, "", names);
  for (const quoted of quotedTexts(rule)) if (looksPrivate(quoted, names)) names.add(quoted);
  const byPrefix = new Map<string, string>();
  const byLabel = new Map<string, string>();
  const pairs = new Map<string, string>();
  for (const name of [...names].sort((a, b) => b.length - a.length)) {
    const isHost = name.includes(".") && !isAddress(name);
    pairs.set(name, isHost ? host(name, byLabel, random) : exchanged(name, "", byPrefix, random));
  }
  const known = [...pairs.keys()].map((n) => n.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
  const any = known.length === 0 ? /(?!)/g : new RegExp(`(?<![A-Za-z0-9])(?:${known.join("|")})(?![A-Za-z0-9])`, "g");
  const replace = (text: string): string => text.replace(any, (found) => pairs.get(found) ?? found);
  return {
    sip: replace,
    rule: (source) => source.replace(quotes, (q) => {
      const inside = q.slice(1, -1);
      return q[0] + (pairs.get(inside) ?? replace(inside)) + q.at(-1);
    }),
    pairs,
  };
}

const quotes = /"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|`[^`\\$]*`/g;
const quotedTexts = (rule: string): string[] => (rule.match(quotes) ?? []).map((q) => q.slice(1, -1));
const isAddress = (name: string): boolean => /^[\d.]+$/.test(name) || name.includes(":");

// The members of req whose values say who or where somebody is.
const telling = new RegExp(
  "(^|\\.)(user|username|userPassword|host|displayName|received|mAddr|mAddrParam|realm|callId|tag|branch|ref|" +
    "nonce|cNonce|opaque|response)$",
);

// The same in headers that rules see as texts, such as Proxy-Authorization.
const digest = /\b(?:username|realm|c?nonce|opaque|response)="([^"]+)"/gi;

function collect(value: unknown, path: string, names: Set<string>): void {
  if (typeof value === "string") {
    if (telling.test(path)) add(value, names);
    else for (const address of value.match(/\b\d{1,3}(?:\.\d{1,3}){3}\b/g) ?? []) names.add(address);
    for (const [, proof] of value.matchAll(digest)) add(proof ?? "", names);
    for (const [, who] of value.matchAll(/sips?:([^\s@<>;]+@[^\s<>;:?]+)/g)) add(who ?? "", names);
    return;
  }
  if (typeof value !== "object" || value === null) return;
  for (const [key, member] of Object.entries(value)) {
    collect(member, Array.isArray(value) ? path : `${path}.${key}`, names);
  }
}

// add takes a value apart: a Call-ID may have a host behind its @, a name may have spaces.
function add(value: string, names: Set<string>): void {
  for (const part of value.split(/[@\s]+/)) if (/[A-Za-z0-9]/.test(part)) names.add(part);
}

/** looksPrivate reports whether a rule's text is a part of what the message names, or of the same kind as that. */
function looksPrivate(text: string, names: ReadonlySet<string>): boolean {
  if (/^\+?\d{2,}$/.test(text) || /^\d{1,3}(\.\d{1,3}){1,3}\.?$/.test(text)) return true;
  if (/^\.?[\w-]+(\.[\w-]+)+$/.test(text)) return true;
  return text.length > 0 && [...names].some((n) => n.startsWith(text) || (n.includes(".") && n.endsWith(text)));
}

// exchanged replaces a name character by character; what is chosen for one depends on those before it, so names that
// begin alike have stand-ins that begin alike, and different names have different ones.
function exchanged(name: string, scope: string, chosen: Map<string, string>, random: Random): string {
  let out = "";
  for (let i = 0; i < name.length; i++) {
    const c = name[i] ?? "";
    const alphabet = alphabetOf(c);
    out += alphabet === "" ? c : pick(scope + name.slice(0, i), c, alphabet, chosen, random);
  }
  return out;
}

// pick chooses another character of the alphabet, none that stands for another one behind the same prefix.
function pick(prefix: string, c: string, alphabet: string, chosen: Map<string, string>, random: Random): string {
  const found = chosen.get(prefix + c);
  if (found !== undefined) return found;
  const taken = new Set([...alphabet].map((a) => chosen.get(prefix + a)));
  const free = [...alphabet].filter((a) => !taken.has(a));
  const others = free.filter((a) => a !== c);
  const from = others.length > 0 ? others : free;
  const made = from[Math.floor(random() * from.length)] ?? c;
  chosen.set(prefix + c, made);
  return made;
}

// host replaces a host's labels from its end, in the same way: a.example.com and b.example.com stay in one domain.
function host(name: string, chosen: Map<string, string>, random: Random): string {
  const labels = name.split(".");
  const out: string[] = [];
  for (let i = labels.length - 1; i >= 0; i--) {
    const tail = labels.slice(i).join(".").toLowerCase();
    const label = labels[i] ?? "";
    const scope = "\n" + tail.slice(label.length) + "\n"; // labels of one domain have stand-ins of their own each
    out.unshift(exchanged(label.toLowerCase(), scope, chosen, random));
  }
  return out.join(".");
}
