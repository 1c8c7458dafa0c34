// Reads one property expression per line, like \p{sc=Latin}, and writes how
// many runs of matching characters there are in the string of all code units
// and code points in order, and the sum of their bounds.
"use strict";
let every = "";
for (let c = 0; c <= 0x10ffff; c++) every += String.fromCodePoint(c);

require("readline").createInterface({ input: process.stdin }).on("line", (line) => {
  let count = 0, sum = 0;
  for (const m of every.matchAll(new RegExp(`${line}+`, "gu"))) {
    count++;
    sum += m.index + 2 * (m.index + m[0].length);
  }
  process.stdout.write(`${count} ${sum}\n`);
});
