// Reads one property expression per line, like \p{sc=Latin}, and writes how
// many code points match it and their sum.
"use strict";
const every = [];
for (let c = 0; c <= 0x10ffff; c++) every.push(String.fromCodePoint(c));

require("readline").createInterface({ input: process.stdin }).on("line", (line) => {
  const re = new RegExp(`^${line}$`, "u");
  let count = 0, sum = 0;
  for (let c = 0; c <= 0x10ffff; c++) if (re.test(every[c])) { count++; sum += c; }
  process.stdout.write(`${count} ${sum}\n`);
});
