// Evaluates matchFuncs. The first line of input is the list of views that they are called with, every further line
// one source. For each source it writes a line with one letter for each view: T truthy, F falsy, t TypeError,
// r RangeError, e ReferenceError, x anything else thrown; or L alone for a source that doesn't load.
"use strict"
const freeze = v => {
  if (v !== null && typeof v === "object") Object.values(Object.freeze(v)).forEach(freeze)
  return v
}
const letters = { TypeError: "t", RangeError: "r", ReferenceError: "e" }
let views = null
const lines = require("readline").createInterface({ input: process.stdin, crlfDelay: Infinity })
lines.on("line", line => {
  if (views === null) {
    views = freeze(JSON.parse(line))
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
      return fn(view) ? "T" : "F"
    } catch (e) {
      return letters[e && e.name] || "x"
    }
  }
  process.stdout.write(views.map(answer).join("") + "\n")
})
