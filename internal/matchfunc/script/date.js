// Date as it is, but for the reading of dates from text: engines agree on ISO 8601 alone. And of a local time that there
// is twice, or not at all, the offset before the change counts (ECMA-262 section 21.4.1.26); goja takes Go's choice.
(function (Native, abort, set, setters) {
  "use strict";
  const { construct, defineProperty, apply } = Reflect
  const { getTime, setTime, getTimezoneOffset } = Native.prototype
  const { abs, round } = Math
  const UTC = Native.UTC, day = 864e5, most = 864e13 - 2 * day
  const offset = t => round(apply(getTimezoneOffset, new Native(t), []) * -6e4) // of seconds too: minutes have fractions
  const instant = local => {
    const before = local - offset(local - day), after = local - offset(local + day)
    return before + offset(before) !== local && after + offset(after) === local ? after : before
  }
  const iso = s => {
    const digits = (from, n) => {
      for (let i = from; i < from + n; i++) if (!(s[i] >= "0" && s[i] <= "9")) return false
      return true
    }
    if (!(digits(0, 4) && s[4] === "-" && digits(5, 2) && s[7] === "-" && digits(8, 2))) return false
    const part = (at, low, high) => +(s[at] + s[at + 1]) >= low && +(s[at] + s[at + 1]) <= high
    if (!(part(5, 1, 12) && part(8, 1, 31))) return false
    if (s.length === 10) return true
    if (!(s[10] === "T" && digits(11, 2) && s[13] === ":" && digits(14, 2) && s[16] === ":" && digits(17, 2))) return false
    if (!(part(11, 0, 23) && part(14, 0, 59) && part(17, 0, 59))) return false
    if (s.length === 20) return s[19] === "Z"
    return s[19] === "." && digits(20, 3) && s.length === 24 && s[23] === "Z"
  }
  const toUTCString = Native.prototype.toUTCString
  const check = v => {
    if (typeof v === "string") {
      if (!iso(v) && apply(toUTCString, new Native(v), []) !== v) abort()
    } else if (typeof v === "object" && v !== null && !(v instanceof Native)) abort()
  }
  const Date = function Date(...args) {
    if (new.target === undefined) abort()
    if (args.length === 1) check(args[0])
    if (args.length > 1) {
      const local = apply(UTC, Native, args)
      if (abs(local) < most) args = [instant(local)]
    }
    return construct(Native, args, new.target)
  }
  defineProperty(Date, "length", { value: 7 })
  defineProperty(Date, "prototype", { value: Native.prototype, writable: false })
  const hide = { writable: true, enumerable: false, configurable: true }
  const nativeParse = Native.parse
  const { parse } = {
    parse(string) {
      check(string)
      return apply(nativeParse, Native, [string])
    },
  }
  defineProperty(Date, "now", { value: Native.now, ...hide })
  defineProperty(Date, "UTC", { value: Native.UTC, ...hide })
  defineProperty(Date, "parse", { value: parse, ...hide })
  for (const name of setters) {
    const original = Native.prototype[name], inUTC = Native.prototype["setUTC" + name.slice(3)]
    const { method } = {
      method(...args) {
        const t = apply(getTime, this, [])
        if (abs(t) > most) return apply(original, this, args)
        const local = new Native(t + offset(t))
        apply(inUTC, local, args)
        return apply(setTime, this, [instant(apply(getTime, local, []))])
      },
    }
    defineProperty(method, "name", { value: name })
    defineProperty(method, "length", { value: original.length })
    defineProperty(Native.prototype, name, { value: method, ...hide })
  }
  defineProperty(Native.prototype, "constructor", { value: Date, ...hide })
  set(Date)
})
