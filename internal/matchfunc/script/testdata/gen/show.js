function show(v) {
  if (typeof v === "string") { let s = ""; for (let i = 0; i < v.length; i++) { const c = v.charCodeAt(i); s += c > 31 && c < 127 ? v[i] : "\\" + c.toString(16) + ";" } return "'" + s + "'" }
  if (typeof v === "bigint") return v + "n"
  if (Object.is(v, -0)) return "-0"
  if (typeof v === "symbol") return "symbol"
  if (typeof v === "function") return "function " + v.name
  if (typeof v !== "object" || v === null) return "" + v
  if (Array.isArray(v)) { let s = "["; for (let i = 0; i < v.length; i++) s += (i in v ? show(v[i]) : "hole") + ","; for (const k of Object.keys(v)) if (!(+k >= 0)) s += k + ":" + show(v[k]) + ","; return s + "]" }
  let s = (Object.getPrototypeOf(v) === null ? "null" : Object.prototype.toString.call(v)) + "{"
  for (const k of Object.keys(v)) s += k + ":" + show(v[k]) + ","
  return s + "}"
}
