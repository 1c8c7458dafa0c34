// Evaluates matchFuncs. The first line of input is the list of views that they are called with, each time anew, every further line
// one source. For each source it writes a line with one letter for each view: T truthy, F falsy, t TypeError,
// r RangeError, e ReferenceError, x anything else thrown; or L alone for a source that doesn't load.
"use strict"
const letters = { TypeError: "t", RangeError: "r", ReferenceError: "e" }
let views = null
const lines = require("readline").createInterface({ input: process.stdin, crlfDelay: Infinity })
lines.on("line", line => {
  if (views === null) {
    views = JSON.parse(line).map(v => JSON.stringify(v))
    return
  }
  let fn
  try {
    fn = (0, eval)('"use strict"; (' + JSON.parse(line) + "\n)")
  } catch (e) {
    process.stdout.write("L\n")
    return
  }
  const answer = view => {
    try {
      return fn(JSON.parse(view)) ? "T" : "F"
    } catch (e) {
      return letters[e && e.name] || "x"
    }
  }
  process.stdout.write(views.map(answer).join("") + "\n")
})
