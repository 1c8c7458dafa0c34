// Writes ../localtime.jsonl: dates in the local time of zones, around the changes of their clocks, and what V8 makes of each. Run it with Node 20.
const fs = require("fs"), path = require("path")
const changes = [[2024, 2, 10], [2024, 10, 3], [2024, 2, 31], [2024, 9, 27], [2024, 3, 7], [2024, 9, 6], [2011, 11, 30]]
const exprs = []
for (const [y, m, d] of changes) {
  for (const [h, mi] of [[0, 30], [1, 45], [2, 15], [3, 0]]) {
    exprs.push(`new Date(${y}, ${m}, ${d}, ${h}, ${mi}).getTime()`, `new Date(${y}, ${m}, ${d}, 12).setHours(${h}, ${mi})`,
      `new Date(${y}, ${m}, ${d}).setHours(${h}, ${mi}, 5, 7)`, `new Date(${y}, ${m}, ${d} - 2, ${h}, ${mi}).setDate(${d})`,
      `new Date(${y}, ${m}, ${d}, ${h}, 10).setMinutes(${mi})`, `new Date(${y}, ${m} - 1, ${d} % 28, ${h}, ${mi}).setMonth(${m}, ${d})`,
      `new Date(${y}, ${m}, ${d}, ${h}, ${mi}).setSeconds(5)`, `new Date(${y} - 1, ${m}, ${d}, ${h}, ${mi}).setFullYear(${y})`,
      `new Date(Date.UTC(${y}, ${m}, ${d}, ${h}, ${mi})).setMilliseconds(7)`)
  }
}
for (const y of [-12345, -1, 0, 99, 1850, 1900, 9999, 12345]) exprs.push(`new Date(${y}, 3).toISOString()`, `JSON.stringify(new Date(${y}, 3))`, `new Date(${y}, 3).getTimezoneOffset()`)
for (const a of ["", "1", "1, undefined", "'5', null, true", "{ valueOf: () => 3 }, '4', 5, 6", "NaN", "1n", "Symbol()"]) for (const on of ["0", "NaN", "8.64e15", "-8.64e15"]) for (const f of ["setHours", "setFullYear", "setMilliseconds"]) exprs.push(`new Date(${on}).${f}(${a})`)
exprs.push("Date.prototype.setHours.call({}, 1)", "[Date.prototype.setHours.name, Date.prototype.setHours.length]", "Date.prototype.toISOString.call({})", "new Date(NaN).toISOString()", "Object.is(new Date(0).getTimezoneOffset(), 0)",
  "new Date(275760, 8, 13).getTime()", "new Date(275760, 8, 12).getTime()", "new Date(-271821, 3, 20).getTime()", "new Date(2024, NaN).getTime()", "new Date(null, 1).getTime()", "new Date(1.9, 1.9, 1.9).getTime()", "new Date(2024, Symbol()).getTime()", "new Date(0)['set' + 'Hours'](5)")
const zones = ["UTC", "America/New_York", "Europe/Madrid", "Australia/Lord_Howe", "Pacific/Apia", "Asia/Kolkata"]
const out = []
for (const zone of zones) {
  process.env.TZ = zone
  const answers = exprs.map(e => {
    try { return String((0, eval)('"use strict"; (' + e + ")")) } catch (x) { return x.name }
  })
  out.push(JSON.stringify({ zone, answers }))
}
fs.writeFileSync(path.join(__dirname, "../localtime.jsonl"), JSON.stringify({ expressions: exprs }) + "\n" + out.join("\n") + "\n")
