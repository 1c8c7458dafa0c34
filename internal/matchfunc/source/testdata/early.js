// Writes what V8 says of each line of early.txt: "T" where it is an expression in strict mode, else "F". A line's \n stands for a line feed
// outside of quotes, backquotes and slashes.
const fs = require("fs"), vm = require("vm"), path = require("path")
const lines = fs.readFileSync(path.join(__dirname, "early.txt"), "utf8").trimEnd().split("\n")
const out = lines.map(l => {
  const src = /["'`/]/.test(l) ? l : l.replace(/\\n/g, "\n")
  try { new vm.Script('"use strict";(' + src + ")"); return "T " + l } catch (e) { return "F " + l }
})
fs.writeFileSync(path.join(__dirname, "early.txt.v8"), out.join("\n") + "\n")
