// RegExp over the engine of package esregexp, step by step as ECMA-262 section 22.2 has it. It takes the place of goja's own,
// whose objects it keeps: they have the right class, and a lastIndex of their own.
(function (native, Carrier, setup) {
  "use strict";
  const { apply, construct, defineProperty, ownKeys } = Reflect
  const proto = Carrier.prototype
  const symbols = Symbol
  const TypeErr = TypeError
  const Str = String, Num = Number, Obj = Object
  const create = Obj.create
  const charCodeAt = Str.prototype.charCodeAt, substring = Str.prototype.substring, indexOf = Str.prototype.indexOf
  const arraySpecies = (o, base) => {
    const c = o.constructor
    if (c === undefined) return base
    if (!isObject(c)) throw new TypeErr("constructor is not an object")
    const s = c[symbols.species]
    return s === undefined || s === null ? base : s
  }
  const isObject = o => typeof o === "object" && o !== null || typeof o === "function"
  const check = o => { if (!isObject(o)) throw new TypeErr("receiver is not an object") }
  const cut = (s, from, to) => apply(substring, s, [from, to])
  const put = (a, value) => { defineProperty(a, a.length, { __proto__: null, value, writable: true, enumerable: true, configurable: true }) }
  const set = (o, key, value) => { o[key] = value } // strict: throws where it can't
  const toLength = v => { const n = Math_trunc(Num_(v)); return !(n > 0) ? 0 : n > 9007199254740991 ? 9007199254740991 : n }
  const Math_trunc = Math.trunc, Math_min = Math.min, Math_max = Math.max
  const Num_ = v => +v
  const toString = v => { if (typeof v === "symbol") throw new TypeErr("Cannot convert a Symbol value to a string"); return Str(v) }
  const advance = (s, i, unicode) => {
    if (!unicode || i + 1 >= s.length) return i + 1
    const a = apply(charCodeAt, s, [i])
    if (a < 0xD800 || a > 0xDBFF) return i + 1
    const b = apply(charCodeAt, s, [i + 1])
    return b < 0xDC00 || b > 0xDFFF ? i + 1 : i + 2
  }
  const isRegExp = v => {
    if (!isObject(v)) return false
    const m = v[symbols.match]
    return m !== undefined ? !!m : native.is(v)
  }

  const RegExp = function RegExp(pattern, flags) {
    const isPattern = isRegExp(pattern)
    let target = new.target
    if (target === undefined) {
      target = RegExp
      if (isPattern && flags === undefined && pattern.constructor === RegExp) return pattern
    }
    let p = pattern, f = flags
    if (native.is(pattern)) {
      p = native.source(pattern)
      if (flags === undefined) f = native.flags(pattern)
    } else if (isPattern) {
      p = pattern.source
      if (flags === undefined) f = pattern.flags
    }
    const re = construct(Carrier, [""], target)
    p = p === undefined ? "" : toString(p)
    f = f === undefined ? "" : toString(f)
    native.init(re, p, f)
    re.lastIndex = 0
    return re
  }
  defineProperty(RegExp, "prototype", { value: proto, writable: false, enumerable: false, configurable: false })
  defineProperty(RegExp, "length", { value: 2 })
  const hide = { writable: true, enumerable: false, configurable: true }
  const define = (o, from) => {
    for (const key of ownKeys(from)) {
      const d = Obj.getOwnPropertyDescriptor(from, key)
      d.enumerable = false
      defineProperty(o, key, d)
    }
  }
  define(RegExp, { get [Symbol.species]() { return this } })

  const builtinExec = (re, s) => {
    const lastIndex = toLength(re.lastIndex)
    const flags = native.flags(re)
    const moves = apply(indexOf, flags, ["g"]) >= 0 || apply(indexOf, flags, ["y"]) >= 0
    const from = moves ? lastIndex : 0
    if (from > s.length) {
      if (moves) set(re, "lastIndex", 0)
      return null
    }
    const caps = native.match(re, s, from)
    if (caps === null) {
      if (moves) set(re, "lastIndex", 0)
      return null
    }
    if (moves) set(re, "lastIndex", caps[1])
    return native.result(re, s, caps)
  }
  const exec = (re, s) => {
    const f = re.exec
    if (typeof f === "function") {
      if (f === builtin.exec && native.is(re)) return builtinExec(re, s)
      const result = apply(f, re, [s])
      if (!isObject(result) && result !== null) throw new TypeErr("exec returned something else")
      return result
    }
    if (!native.is(re)) throw new TypeErr("receiver is not a RegExp")
    return builtinExec(re, s)
  }
  const has = (flags, c) => apply(indexOf, flags, [c]) >= 0

  const builtin = {
    exec(string) {
      if (!native.is(this)) throw new TypeErr("receiver is not a RegExp")
      return builtinExec(this, toString(string))
    },
    test(string) {
      check(this)
      return exec(this, toString(string)) !== null
    },
    toString() {
      check(this)
      return "/" + toString(this.source) + "/" + toString(this.flags)
    },
    compile(pattern, flags) { native.abort("RegExp.prototype.compile") },
    get dotAll() { return flag(this, "s") },
    get flags() {
      check(this)
      let f = ""
      if (this.hasIndices) f += "d"
      if (this.global) f += "g"
      if (this.ignoreCase) f += "i"
      if (this.multiline) f += "m"
      if (this.dotAll) f += "s"
      if (this.unicode) f += "u"
      if (this.unicodeSets) f += "v"
      if (this.sticky) f += "y"
      return f
    },
    get global() { return flag(this, "g") },
    get hasIndices() { return flag(this, "d") },
    get ignoreCase() { return flag(this, "i") },
    get multiline() { return flag(this, "m") },
    get source() {
      if (native.is(this)) return native.source(this)
      if (this === proto) return "(?:)"
      throw new TypeErr("receiver is not a RegExp")
    },
    get sticky() { return flag(this, "y") },
    get unicode() { return flag(this, "u") },
    get unicodeSets() { return flag(this, "v") },
    [Symbol.match](string) {
      check(this)
      const s = toString(string)
      const flags = toString(this.flags)
      if (!has(flags, "g")) return exec(this, s)
      const unicode = has(flags, "u") || has(flags, "v")
      set(this, "lastIndex", 0)
      const all = []
      for (;;) {
        const result = exec(this, s)
        if (result === null) return all.length === 0 ? null : all
        const text = toString(result[0])
        put(all, text)
        native.items(all.length)
        if (text === "") set(this, "lastIndex", advance(s, toLength(this.lastIndex), unicode))
      }
    },
    [Symbol.matchAll](string) {
      check(this)
      const s = toString(string)
      const C = arraySpecies(this, RegExp)
      const flags = toString(this.flags)
      const matcher = new C(this, flags)
      set(matcher, "lastIndex", toLength(this.lastIndex))
      const it = create(matchIterator)
      native.iterator(it, matcher, s, has(flags, "g"), has(flags, "u") || has(flags, "v"))
      return it
    },
    [Symbol.replace](string, replacement) {
      check(this)
      const s = toString(string)
      const functional = typeof replacement === "function"
      if (!functional) replacement = toString(replacement)
      const flags = toString(this.flags)
      const global = has(flags, "g")
      const unicode = has(flags, "u") || has(flags, "v")
      if (global) set(this, "lastIndex", 0)
      const results = []
      for (;;) {
        const result = exec(this, s)
        if (result === null) break
        put(results, result)
        native.items(results.length)
        if (!global) break
        if (toString(result[0]) === "") set(this, "lastIndex", advance(s, toLength(this.lastIndex), unicode))
      }
      let out = "", next = 0
      for (let i = 0; i < results.length; i++) {
        const result = results[i]
        const count = Math_max(toLength(result.length) - 1, 0)
        native.items(count)
        const matched = toString(result[0])
        let position = Math_trunc(Num_(result.index))
        position = !(position > 0) ? 0 : Math_min(position, s.length)
        const captures = []
        for (let n = 1; n <= count; n++) {
          let c = result[n]
          if (c !== undefined) c = toString(c)
          put(captures, c)
        }
        let named = result.groups
        let text
        if (functional) {
          const args = [matched]
          for (let n = 0; n < captures.length; n++) put(args, captures[n])
          put(args, position)
          put(args, s)
          if (named !== undefined) put(args, named)
          text = toString(apply(replacement, undefined, args))
        } else {
          if (named !== undefined) {
            if (named === null) throw new TypeErr("groups is null")
            named = Obj(named)
          }
          text = substitution(matched, s, position, captures, named, replacement)
        }
        if (position >= next) {
          out = native.concat(out, cut(s, next, position), text)
          next = position + matched.length
        }
      }
      return next >= s.length ? out : native.concat(out, cut(s, next, s.length), "")
    },
    [Symbol.search](string) {
      check(this)
      const s = toString(string)
      const previous = this.lastIndex
      if (!Obj.is(previous, 0)) set(this, "lastIndex", 0)
      const result = exec(this, s)
      const current = this.lastIndex
      if (!Obj.is(current, previous)) set(this, "lastIndex", previous)
      return result === null ? -1 : result.index
    },
    [Symbol.split](string, limit) {
      check(this)
      const s = toString(string)
      const C = arraySpecies(this, RegExp)
      const flags = toString(this.flags)
      if (C === RegExp && native.is(this) && this.exec === builtin.exec && flags === native.flags(this) && !native.statics()) {
        return native.split(this, s, limit === undefined ? 4294967295 : limit >>> 0)
      }
      const unicode = has(flags, "u") || has(flags, "v")
      const splitter = new C(this, has(flags, "y") ? flags : flags + "y")
      const out = []
      const lim = limit === undefined ? 4294967295 : limit >>> 0
      if (lim === 0) return out
      if (s.length === 0) {
        if (exec(splitter, s) !== null) return out
        put(out, s)
        return out
      }
      let p = 0, q = 0
      while (q < s.length) {
        set(splitter, "lastIndex", q)
        const z = exec(splitter, s)
        if (z === null) { q = advance(s, q, unicode); continue }
        const e = Math_min(toLength(splitter.lastIndex), s.length)
        if (e === p) { q = advance(s, q, unicode); continue }
        put(out, cut(s, p, q))
        native.items(out.length)
        if (out.length === lim) return out
        p = e
        const count = Math_max(toLength(z.length) - 1, 0)
        for (let i = 1; i <= count; i++) {
          put(out, z[i])
          if (out.length === lim) return out
        }
        q = p
      }
      put(out, cut(s, p, s.length))
      return out
    },
  }
  const flag = (o, c) => {
    check(o)
    if (native.is(o)) return has(native.flags(o), c)
    if (o === proto) return undefined
    throw new TypeErr("receiver is not a RegExp")
  }
  // GetSubstitution, section 22.1.3.19.1.
  const substitution = (matched, s, position, captures, named, template) => {
    let out = "", i = 0
    for (;;) {
      const at = apply(indexOf, template, ["$", i])
      if (at < 0 || at + 1 >= template.length) return native.concat(out, cut(template, i, template.length), "")
      out = native.concat(out, cut(template, i, at), "")
      const c = template[at + 1]
      i = at + 2
      if (c === "$") out = native.concat(out, "$", "")
      else if (c === "&") out = native.concat(out, matched, "")
      else if (c === "`") out = native.concat(out, cut(s, 0, position), "")
      else if (c === "'") out = native.concat(out, cut(s, Math_min(position + matched.length, s.length), s.length), "")
      else if (c >= "0" && c <= "9") {
        let n = +c, size = 1
        const d = template[at + 2]
        if (d !== undefined && d >= "0" && d <= "9" && n * 10 + +d >= 1 && n * 10 + +d <= captures.length) {
          n = n * 10 + +d
          size = 2
        }
        if (n >= 1 && n <= captures.length) {
          const text = captures[n - 1]
          if (text !== undefined) out = native.concat(out, text, "")
          i = at + 1 + size
        } else out = native.concat(out, "$" + c, "")
      } else if (c === "<" && named !== undefined) {
        const end = apply(indexOf, template, [">", i])
        if (end < 0) out = native.concat(out, "$<", "")
        else {
          const text = named[cut(template, i, end)]
          if (text !== undefined) out = native.concat(out, toString(text), "")
          i = end + 1
        }
      } else {
        out = native.concat(out, "$", "")
        i = at + 1
      }
    }
  }
  const iteratorProto = Obj.getPrototypeOf(Obj.getPrototypeOf([][Symbol.iterator]()))
  const matchIterator = create(iteratorProto)
  define(matchIterator, {
    next() {
      const it = isObject(this) ? native.iteration(this) : undefined
      if (it === undefined) throw new TypeErr("receiver is not a RegExp String Iterator")
      if (it.done) return { value: undefined, done: true }
      const result = exec(it.matcher, it.string)
      if (result === null) {
        it.done = true
        return { value: undefined, done: true }
      }
      if (!it.global) it.done = true
      else if (toString(result[0]) === "") set(it.matcher, "lastIndex", advance(it.string, toLength(it.matcher.lastIndex), it.unicode))
      return { value: result, done: false }
    },
  })
  defineProperty(matchIterator, Symbol.toStringTag, { value: "RegExp String Iterator", configurable: true })
  define(proto, builtin)
  defineProperty(proto, "constructor", { value: RegExp, ...hide })

  const method = (name, symbol, flags) => function (o, regexp) {
    if (o === undefined || o === null) throw new TypeErr("String.prototype." + name + " called on null or undefined")
    if (regexp !== undefined && regexp !== null) {
      if (name === "matchAll" && isRegExp(regexp)) {
        const f = regexp.flags
        if (f === undefined || f === null) throw new TypeErr("flags is not an object")
        if (!has(toString(f), "g")) throw new TypeErr("String.prototype.matchAll called with a non-global RegExp argument")
      }
      if (isObject(regexp) || true) {
        const m = regexp[symbol]
        if (m !== undefined && m !== null) return apply(m, regexp, [o])
      }
    }
    const s = toString(o)
    return new RegExp(regexp, flags)[symbol](s)
  }
  const match = method("match", Symbol.match), matchAll = method("matchAll", Symbol.matchAll, "g"), search = method("search", Symbol.search)
  define(Str.prototype, {
    match(regexp) { return match(this, regexp) },
    matchAll(regexp) { return matchAll(this, regexp) },
    search(regexp) { return search(this, regexp) },
    // Goja's own never ends for an empty text in a string that isn't ASCII.
    replaceAll(searchValue, replacement) {
      if (this === undefined || this === null) throw new TypeErr("String.prototype.replaceAll called on null or undefined")
      if (searchValue !== undefined && searchValue !== null) {
        if (isRegExp(searchValue)) {
          const f = searchValue.flags
          if (f === undefined || f === null || !has(toString(f), "g")) throw new TypeErr("replaceAll must be called with a global RegExp")
        }
        const m = searchValue[Symbol.replace]
        if (m !== undefined && m !== null) return apply(m, searchValue, [this, replacement])
      }
      const s = toString(this), part = toString(searchValue)
      const functional = typeof replacement === "function"
      if (!functional) replacement = toString(replacement)
      let out = "", next = 0
      for (let at = 0; at <= s.length; at += Math_max(1, part.length)) {
        if (part.length > 0) {
          at = apply(indexOf, s, [part, at])
          if (at < 0) break
        }
        const text = functional ? toString(replacement(part, at, s)) : substitution(part, s, at, [], undefined, replacement)
        out = native.concat(out, cut(s, next, at), text)
        next = at + part.length
      }
      return next >= s.length ? out : native.concat(out, cut(s, next, s.length), "")
    },
  })
  setup(RegExp)
})
