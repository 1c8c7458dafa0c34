// Reads one regular expression with subjects per line and writes what this
// engine answers. Strings are arrays of UTF-16 code units, so that unpaired
// surrogates survive JSON.
"use strict";
const readline = require("readline");

const text = (units) => String.fromCharCode(...units);
const units = (s) => [...Array(s.length).keys()].map((i) => s.charCodeAt(i));
// wide is the same string in V8's two-byte form.
const wide = (s) => (s + "\u0100-------------").slice(0, s.length);

function exec(re, subject, lastIndex) {
  re.lastIndex = lastIndex;
  const m = re.exec(subject);
  const out = { next: re.lastIndex, caps: null };
  if (m) out.caps = m.indices.flatMap((pair) => pair ?? [-1, -1]);
  return out;
}

function answer({ pattern, flags, subjects, lastIndex }) {
  const source = text(pattern);
  let re, plain;
  try {
    re = new RegExp(source, flags.replace("d", "") + "d");
    plain = new RegExp(source, flags);
  } catch (e) {
    return { error: e.message };
  }
  const results = subjects.map((list) => {
    const narrow = text(list);
    const first = exec(re, narrow, lastIndex);
    // The second run may be compiled where the first was interpreted.
    for (const s of [narrow, wide(narrow)]) {
      const again = exec(re, s, lastIndex);
      if (JSON.stringify(again) !== JSON.stringify(first)) first.unstable = true;
    }
    plain.lastIndex = 0;
    first.replace = units(narrow.replace(plain, "[$&$1]"));
    plain.lastIndex = 0;
    first.split = narrow.split(plain).map((s) => (s === undefined ? null : units(s)));
    return first;
  });
  return { results, groups: groupNames(re) };
}

function groupNames(re) {
  const m = new RegExp(re.source + "|", re.flags.replace(/[gy]/g, "")).exec("");
  return m && m.groups ? Object.keys(m.groups) : [];
}

readline.createInterface({ input: process.stdin }).on("line", (line) => {
  process.stdout.write(JSON.stringify(answer(JSON.parse(line))) + "\n");
});
