// Writes ../builtins.jsonl: expressions over the builtins, and what V8 makes of each: its value in the words of show, or the name of what
// it throws. Run it with Node 20, TZ=UTC, LANG=en_US.UTF-8.
const fs = require("fs"), vm = require("vm"), path = require("path")
const show = fs.readFileSync(path.join(__dirname, "show.js"), "utf8")
const exprs = []
const q = JSON.stringify
const add = e => exprs.push(e)

const texts = ["", "abc", "a-b-c", "Stra\u00dfe \u00c9", "\ud83d\ude00x\ud83d\ude00", " \t pad\u00a0\r\n", "\ud83dx", "\u0130I\u0131", "12.50", "aXbxcX", "$&$1"]
const calls = {
  at: ["0", "-1", "9", "", "1.7", "'1'"], charAt: ["0", "9", "-1"], charCodeAt: ["0", "1", "99"], codePointAt: ["0", "1", "-1"],
  concat: ["'x'", "1, null, undefined"], endsWith: ["''", "'c'", "'b', 2", "undefined"], startsWith: ["'a'", "'b', 1", "''"],
  includes: ["'b'", "''", "'x', 5", "undefined", "/b/"], indexOf: ["'x'", "''", "'', 99", "'c', -5", "undefined"],
  lastIndexOf: ["'x'", "''", "'a', 0", "'X', -1"], padEnd: ["6", "6, 'ab'", "6, ''", "2"], padStart: ["6", "7, '\u00e9'", "-1"],
  repeat: ["0", "2", "-1", "1.9", "Infinity"], slice: ["1", "-2", "1, -1", "2, 1", "NaN", "'1'"], substring: ["1", "2, 0", "-1, 2", "NaN, 2"], substr: ["1, 1", "-2", "-2, 1"],
  split: ["", "''", "'-'", "'x', 1", "undefined, 0", "/x/i", "/(x)/i", "/(?:)/", "/(?:)/u", "'', 2", "null"],
  toLowerCase: [""], toUpperCase: [""], trim: [""], trimStart: [""], trimEnd: [""], isWellFormed: [""], toWellFormed: [""],
  normalize: ["", "'NFD'", "'NFKC'", "'X'"],
  replace: ["'x', '$&$&'", "'', '-'", "/x/gi, '[$&$`$\\'$$$1$01]'", "/(x)(y)?/gi, '$1|$2|$3|$10'", "/(?<n>x)/i, '<$<n>$<m>'", "/x/gi, (m, i, s) => m + i", "'a', (...a) => a.length", "/$/, '!'", "undefined, 'u'"],
  replaceAll: ["'x', 'y'", "'', '-'", "/x/g, '$&!'", "/x/, 'y'", "'X', (m, i) => i"],
  match: ["/x/i", "/x/gi", "/q/", "/q/g", "'X'", "/(?<a>x)(?<b>q)?/i", ""], search: ["/x/i", "'X'", "'.'"], matchAll: ["/x/gi", "/x/", "'X'"],
  localeCompare: ["'abc'", "'ABC'"], toString: [""], valueOf: [""], [Symbol.iterator ? "big" : ""]: [],
}
for (const t of texts) for (const [m, args] of Object.entries(calls)) for (const a of args) {
  const call = m === "matchAll" ? `[...${q(t)}.matchAll(${a})]` : `${q(t)}.${m}(${a})`
  if (m !== "localeCompare" || /^[\x00-\x7f]*$/.test(t)) add(call)
}
const lists = ["[]", "[1, 2, 3]", "[3, , 1]", "['b', 'a', undefined, 'C']", "[[1, [2]], [3]]", "[NaN, -0, 0, null]", "[10, 9, 1]"]
const listCalls = {
  at: ["0", "-1"], concat: ["[4], 5", "[[6]]"], copyWithin: ["0, 1"], every: ["x => x > 0"], fill: ["0", "7, 1, 2"], filter: ["x => x", "(x, i) => i % 2 === 0"],
  find: ["x => x > 1", "1"], findIndex: ["x => x === undefined"], findLast: ["x => x"], findLastIndex: ["x => x === 3"], flat: ["", "Infinity", "0"], flatMap: ["x => [x, x]", "x => x"],
  forEach: ["x => x"], includes: ["NaN", "undefined", "1, 1"], indexOf: ["NaN", "0", "undefined"], join: ["", "'-'", "undefined", "null"], keys: [""],
  lastIndexOf: ["1", "3, -2"], map: ["x => x * 2", "String", "parseInt", "(x, i, a) => a.length"], pop: [""], push: ["9"], reduce: ["(a, b) => a + b", "(a, b) => a + b, ''"],
  reduceRight: ["(a, b) => a + '' + b"], reverse: [""], shift: [""], slice: ["1", "-2, -1"], some: ["x => x === 3"],
  sort: ["", "(a, b) => a - b", "(a, b) => b - a", "(a, b) => a > b", "() => 1", "() => -1", "() => 0", "(a, b) => a < b", "null", "undefined"],
  splice: ["1, 1", "0, 0, 8"], toReversed: [""], toSorted: ["", "(a, b) => b - a", "(a, b) => a > b"], toSpliced: ["1, 1, 'x'"], toString: [""], unshift: ["0"], with: ["0, 5", "9, 1"],
}
for (const l of lists) for (const [m, args] of Object.entries(listCalls)) for (const a of args) {
  add(m === "keys" ? `[...${l}.keys()]` : `${l}.${m}(${a})`)
  if (["sort", "reverse", "splice", "fill", "copyWithin", "pop", "push", "shift", "unshift"].includes(m)) add(`(a => { a.${m}(${a}); return a })(${l})`)
}
let seed = 7
const rand = n => (seed = (seed * 1103515245 + 12345) & 0x7fffffff, seed % n)
for (let i = 0; i < 40; i++) {
  const l = Array.from({ length: 2 + rand(60) }, () => rand(30))
  for (const f of ["(a, b) => a > b", "(a, b) => a - b", "(a, b) => a % 3 - b % 3", "(a, b) => a < b ? -1 : 0", "(a, b) => (a * 7 + b) % 3 - 1"]) add(`[${l}].sort(${f})`)
}
const nums = ["0", "-0", "1", "-1.5", "0.1", "1e21", "1e-7", "123.456", "NaN", "Infinity", "255", "2**31", "1/3", "5e-324", "1.7976931348623157e308", "0.000001", "1.005", "1e300", "4.35", "25", "-2147483649"]
for (const n of nums.map(n => n === "2**31" ? "2147483648" : n)) {
  for (const f of ["toFixed()", "toFixed(2)", "toFixed(20)", "toFixed(101)", "toPrecision()", "toPrecision(3)", "toPrecision(21)", "toPrecision(0)", "toExponential()", "toExponential(2)", "toString()", "toString(2)", "toString(16)", "toString(36)", "toString(1)"]) add(`(${n}).${f}`)
  for (const f of ["Math.round", "Math.floor", "Math.ceil", "Math.trunc", "Math.sign", "Math.abs", "Math.fround", "Math.clz32", "Math.sqrt", "Number.isInteger", "Number.isSafeInteger", "isNaN", "isFinite", "String", "Boolean", "BigInt", "Object", "parseInt", "parseFloat", "JSON.stringify"]) add(`${f}(${n})`)
  for (const o of ["| 0", ">>> 0", "<< 5", "% 7", "% -3", "& 255", "^ 1", "+ ''", "* -1", "=== -0", "> '5'", "== '0'", "/ 0"]) add(`(${n}) ${o}`)
  add(`~(${n})`); add(`Math.imul(${n}, 7)`); add(`Math.max(${n}, 1)`); add(`Math.min(${n}, -0)`); add(`Object.is(${n}, -0)`)
}
for (const s of ["", " 12 ", "0x1F", "0b11", "0o17", "1e3", "1_000", "12px", ".5", "5.", "-", "+5", "Infinity", "-Infinity", "infinity", "1e1000", "\u00a07\ufeff", "\u180e7", "0x", "1n", "00012", "1e", "--1", "9007199254740993"]) {
  for (const f of ["Number", "parseInt", "parseFloat", "+", "BigInt", "isNaN"]) add(f === "+" ? `+${q(s)}` : `${f}(${q(s)})`)
  for (const r of [2, 8, 10, 16, 36, 37, 1]) add(`parseInt(${q(s)}, ${r})`)
}
for (const s of ['{"a":1}', "[1,2", "[1,]", "{a:1}", '"\\u0041"', '"a\nb"', "01", "1.", ".1", "-", "-0", "1e5", "nul", "null", " [1 , {\"b\" : [ ] } ] ", '{"a":1,"a":2}', '{"__proto__":1}', "'a'", '"\\x41"', '"\t"', "1 2", "", "[]]", "true", "tru", "NaN", '{"2":1,"1":2,"b":3,"a":4}', "\ufeff1", "\u00a01", "1E+2", "1e+", "[,1]", '{"a"}', '{"a":}', '{,}', "1e400", '"\\u00e9\\/\\b"', '"\\u12"', "123456789012345678901234567890"]) {
  add(`JSON.parse(${q(s)})`); add(`Object.entries(Object(JSON.parse(${q(s)})))`)
}
add(`JSON.parse('{"a":[1,{"b":2}]}', (k, v) => typeof v === "number" ? v + 1 : v)`)
for (const v of ["undefined", "null", "() => 1", "Symbol()", "NaN", "-0", "'\\u2028\\ud83d\"\\n'", "[undefined, () => 1, Symbol()]", "{ a: undefined, b: () => 1, c: 1 }", "{ toJSON() { return 5 } }", "new Map([[1, 2]])", "new Boolean(false)", "new String('x')", "Object(1n)", "1n", "{ 2: 1, 1: 2, b: 3 }", "[[], {}]", "new Date(0)", "/x/g", "new Error('x')", "(a => { a.a = a; return a })({})"]) {
  add(`JSON.stringify(${v})`); add(`JSON.stringify([${v}], null, 2)`); add(`JSON.stringify({ x: ${v} }, ["x"], "--")`); add(`JSON.stringify({ x: ${v} }, (k, v) => k === "x" ? String(typeof v) : v)`)
}
for (const v of ["'2024-01-01'", "'2024-02-30'", "'2024-02-29'", "'2023-02-29'", "'2024-13-01'", "'2024-00-10'", "'2024-01-32'", "'2024-01-01T10:20:30Z'", "'2024-01-01T24:00:00Z'", "'2024-01-01T25:00:00Z'", "'2024-01-01T10:60:30Z'", "'2024-01-01T10:20:30.123Z'", "'0000-01-01'", "0", "NaN", "8.64e15", "8.64e15 + 1", "1.9", "-1.9", "2024, 0", "2024, 1, 29, 12", "99, 0", "2024, 0, 1, 0, 0, 0, 0.9", "null", "true", "undefined", "'Thu, 01 Jan 1970 00:00:00 GMT'"]) {
  for (const m of ["getTime", "toISOString", "getDay", "getHours", "getFullYear", "getTimezoneOffset", "toJSON", "toUTCString", "toDateString", "getUTCDate", "valueOf"]) add(`new Date(${v}).${m}()`)
}
add("Date.UTC(2020)"); add("Date.UTC(99, 1)"); add("Date.UTC()"); add("Date.length"); add("Date.name"); add("new Date(5) - new Date(3)"); add("new Date(5) instanceof Date"); add("new Date(5).constructor === Date")
add("(d => { d.setHours(5, 6, 7, 8); return d.getTime() })(new Date(0))"); add("(d => { d.setMonth(13); return d.toISOString() })(new Date(0))")
const res = ["/a(b)?/", "/(?<y>\\d{4})-(?<m>\\d\\d)/", "/^./gm", "/\\bfoo\\b/gi", "/x*/g", "/[/]/", "/\\//", "/(?:)/y", "/a/dgimsuy", "/a/v", "/\\u{1F600}/u", "/./su"]
for (const r of res) {
  for (const s of ["ab a 2024-05-06 foo FOO", "\r\nx\n", "\ud83d\ude00", ""]) {
    for (const e of [`R.exec(${q(s)})`, `R.test(${q(s)})`, `${q(s)}.match(R)`, `${q(s)}.replace(R, "[$&]")`, `${q(s)}.split(R)`, `${q(s)}.search(R)`, `(r => [r.test(${q(s)}), r.lastIndex, r.test(${q(s)}), r.lastIndex])(R)`]) add(e.replace("R", () => r))
  }
  for (const e of ["R.source", "R.flags", "String(R)", "R.lastIndex", "R.global", "R.hasIndices", "R.unicodeSets", "typeof R", "Object.keys(R)", "Object.getOwnPropertyNames(R)", "R.constructor === RegExp", "R instanceof RegExp", "new RegExp(R).source", "new RegExp(R, 'g').flags", "RegExp(R) === R", "JSON.stringify(R)", "R.toString()"]) add(e.replace("R", () => r))
}
for (const p of ["'['", "'a', 'gg'", "'a', 'uv'", "'/'", "''", "'\\n'", "undefined", "null, 'i'", "'(?<a>x)|(?<a>y)'", "'\\\\/'", "'[/]'"]) add(`new RegExp(${p}).source`), add(`String(RegExp(${p}))`)
add("RegExp.prototype.toString.call({ source: 'a', flags: 'b' })"); add("RegExp.prototype.source"); add("RegExp.prototype.flags"); add("RegExp.prototype.global"); add("new RegExp().test('')")
add("RegExp.prototype.exec.call({}, '')"); add("RegExp.prototype.test.call({ exec: () => ({}) }, '')"); add("RegExp.prototype.exec.name + RegExp.prototype.exec.length"); add("(class extends RegExp { exec(s) { return null } }).prototype instanceof RegExp")
add("new (class R extends RegExp { exec(s) { return null } })('a').test('a')"); add("'abc'.replace(new (class extends RegExp { get flags() { return 'g' } })('b', 'g'), 'x')"); add("'abc'.match({ [Symbol.match]: () => 7 })")
add("'a1b2'.split({ [Symbol.split]: (s, l) => [s, l] }, 3)"); add("(r => { r.lastIndex = 5; return ['x'.match(r), r.lastIndex] })(/x/g)"); add("(r => { Object.freeze(r); return r.test('a') })(/a/g)"); add("(r => { r.exec = () => null; return r.test('a') })(/a/)")
add("/a/ instanceof Object"); add("Object.prototype.toString.call(/a/)"); add("[...'a1b2'.matchAll(/([a-z])(\\d)/g)].map(m => [m.index, ...m])"); add("Object.prototype.toString.call('a'.matchAll(/a/g))"); add("[...'aaa'.matchAll(/a/gy)].length")
for (const e of ["typeof null", "typeof undefined", "typeof (() => 1)", "typeof Symbol()", "typeof 1n", "void 0", "[] + []", "[] + {}", "1 + '2'", "'3' * '4'", "null + 1", "undefined + 1", "true + true", "[2] * [3]", "{} + 1", "'b' > 'a'", "null >= 0", "null == 0", "undefined == null", "NaN != NaN", "'1' == 1", "[1] == 1", "({}) == '[object Object]'", "Symbol.iterator.toString()", "Symbol('x').description", "String(Symbol('y'))",
  "[1,2,3].length = 1", "(a => { a.length = 1; return a })([1,2])", "Object.entries({ b: 1, 2: 2, a: 3, 1: 4 })", "Object.fromEntries([['a', 1]])", "Object.getOwnPropertyNames('ab')", "Object.assign({}, 'ab', null, [9])", "({ ...'hi', ...null, ...[7] })", "Object.keys([4, 5])", "Object.is(NaN, NaN)", "Array.from('a\ud83d\ude00')", "Array.from({ length: 2 }, (_, i) => i * 2)", "Array.of(7)", "Array.isArray([])", "Array(3).length", "new Array(2, 3)", "Array.from(new Set([1, 1, 2]))", "[...new Map([[1, 2]])]", "new Set([NaN, NaN, 0, -0]).size", "new Map([[NaN, 1]]).get(NaN)",
  "(function () { return typeof this })()", "(function (a, b = 1, ...c) {}).length", "((a, b) => 1).name", "(function f() {}).name", "(class Q {}).name", "({ m() {} }).m.name", "Object.getOwnPropertyDescriptor({ get x() { return 1 } }, 'x').get.name", "(() => {}).hasOwnProperty('prototype')", "new (class { x = 1; #y = 2; z() { return this.#y } })().z()", "(() => { switch (3) { case 1: return 'a'; default: return 'd'; case 2: return 'b' } })()", "(() => { for (const x of [1, 2, 3]) { if (x === 2) continue; if (x === 3) break } return 'end' })()", "(() => { a: for (;;) { for (;;) break a } return 1 })()", "(() => { try { return 1 } finally { } })()", "(() => { let s = ''; for (const k in { b: 1, a: 2, 1: 3 }) s += k; return s })()", "(() => { var x = 1; { let x = 2 } return x })()", "(([a, , b = 5, ...c]) => [a, b, c])([1, 2, undefined, 4, 5])", "(({ a: { b } = { b: 3 }, ...r }) => [b, r])({ c: 1, d: 2 })", "[..." + q("a\ud83d\ude00\ud83d") + "].length", "encodeURIComponent('\u00e9 \ud83d\ude00&')", "encodeURI('a b#\u00e9')", "decodeURIComponent('%F0%9F%98%80')", "decodeURIComponent('%FF')", "decodeURI('%23%41')", "escape('\u00e9 \u4e2d')", "unescape('%u4e2d%E9')", "encodeURIComponent('\\ud83d')",
  "new Error('x').toString()", "new TypeError('x') instanceof Error", "new Error('x', { cause: 1 }).cause", "Object.keys(new Error('x'))", "Error('y').message", "new AggregateError([1], 'm').errors", "String(new RangeError())", "'a' in { a: 1 }", "1 in [5]", "'length' in []", "delete [1].length", "Reflect.ownKeys({ b: 1, [Symbol.iterator]: 2, 1: 3 }).length", "Reflect.has({ a: 1 }, 'a')", "Object.getOwnPropertyDescriptor([1], 'length')", "Object.isFrozen('x')", "Object.freeze([1])[0] = 2", "(o => { o.x = 1 })(Object.freeze({}))", "parseInt('9'.repeat(20))", "Number('9'.repeat(400))", "0.1 + 0.2", "1e21 + 1", "5 % 0", "-7 % 7", "2 ** 10", "10 ** 3", "7n / 2n", "-7n % 3n", "2n > 1", "1n == 1", "1n === 1", "BigInt('0x10')", "BigInt('x')", "BigInt(1.5)", "(123n).toString(16)", "typeof Object(1n)", "-(5n)", "+5n", "1n + 1n", "5n - 7n", "5n & 3n", "~5n", "5n >> 1n", "'abc'['1']", "'abc'.length", "[1, 2, 3].includes('2')", "isNaN('x')", "[, 1].map(x => 1)", "[3, 2, 1].toString()", "String([1, [2, [3, null]]])", "String({})", "String(null)", "String([null])", "String(() => 1)", "`${[1, 2]}`", "[undefined, null] + ''",
  "Array.prototype.map.call('ab', x => x + x)", "Array.prototype.slice.call({ length: 2, 0: 'a', 1: 'b' })", "Math.max.apply(null, [1, 5, 2])", "Math.max(...[])", "Math.hypot === undefined", "[1, 2, 3].indexOf(2, -1)", "'x'.concat()", "[..." + "'ab'.split('').entries()]", "Object.groupBy === undefined", "Array.fromAsync === undefined", "[].group === undefined", "new Set().union === undefined", "typeof Iterator", "typeof structuredClone", "typeof setTimeout", "typeof process", "typeof window", "typeof GoError", "typeof require", "typeof escape", "typeof AggregateError", "Error.isError === undefined", "JSON.rawJSON === undefined", "'x'.at === undefined", "Math.sumPrecise === undefined", "Math.f16round === undefined", "RegExp.escape === undefined", "Promise === undefined", "Uint8Array === undefined", "Symbol.dispose === undefined", "Object.hasOwn({ a: 1 }, 'a')", "[1, 2, 3].findLast(x => x < 3)", "new (class A { static #p = 1; static has(o) { return o.constructor === A } })() instanceof Object", "String.raw`a\\n${1}`", "(s => s.raw[0])`\\x41`", "((s, ...v) => s.length + v.length)`a${1}b${2}`"]) add(e)

for (const n of ["0.5", "-0.5", "0.1", "1/3", "123.456", "-255.9375", "1e21", "-1e21", "1e100", "9007199254740992", "9007199254740994", "18446744073709551616", "72057594037927935", "72057594037927936", "144115188075855872", "36028797018963968", "1.7976931348623157e308", "5e-324", "2.2250738585072014e-308", "0.9999999999999999", "1.9999999999999998", "4.35", "1e-7", "3.141592653589793", "-0", "NaN", "-Infinity", "new Number(0.5)"]) {
  for (const b of [2, 3, 7, 8, 16, 20, 36, "'16'", "2.9", "null", "1", "37"]) add(`(${n}).toString(${b})`)
}
for (const b of ["2", "1", "4", "1024"]) for (const e of ["x", "-x", "32 - x", "-1070 - x", "'3'", "true", "null", "undefined", "[5]", "Infinity", "-Infinity", "NaN", "-0", "Symbol()"]) {
  add(`(x => ${b} ** (${e}))(24)`); add(`(x => Math.pow(${b}, ${e}))(24)`)
}
add("(b => (0xC0A80101 & ~(2 ** (32 - b) - 1)) >>> 0)(24)")
for (const s of ["reason cause=16 text", "cause=487;text=x", "none", ""]) {
  for (const e of [`(S.match(/cause=(\\d+)/), RegExp.$1)`, `/cause=(\\d+)(;)?/.test(S) && [RegExp.$1, RegExp.$2, RegExp.$3, RegExp.$9]`, `(/(c)(a)/.exec(S), [RegExp.lastMatch, RegExp["$&"], RegExp.lastParen, RegExp["$+"], RegExp.leftContext, RegExp["$\`"], RegExp.rightContext, RegExp["$'"], RegExp.input, RegExp.$_])`,
    `(S.replace(/(\\d)(\\d)/g, ""), RegExp.$2)`, `S.replace(/(\\d)/g, () => RegExp.$1 + "!")`, `(S.split(/(t)e?/), [RegExp.$1, RegExp.lastMatch, RegExp.leftContext])`, `(S.split(/(?:)/), RegExp.leftContext)`, `(S.search(/(e)/), RegExp.$1)`, `([...S.matchAll(/([a-z])=/g)], RegExp.$1)`, `(/(q)/.test("q"), /zz/.test(S), RegExp.$1)`,
    `(S.replaceAll(/(\\w)$/g, "-"), RegExp.$1)`, `(/(?:(a)|(b)|u)+/.test(S), [RegExp.$1, RegExp.$2, RegExp.lastParen])`, `(S.split(/\\s/, 1), RegExp.leftContext)`]) add(e.replaceAll("\\\\", "\\").replaceAll("S", () => q(s)))
}
add("(a => { a.a = a; return JSON.stringify(a) })({})"); add("(a => { a.push([a]); return JSON.stringify(a) })([])"); add("(a => JSON.stringify([a, a]))({ b: {} })")
add("(a => { a.a = a; return JSON.stringify(a, (k, v) => k === 'a' ? 1 : v) })({})"); add("(a => { a.a = a; a.toJSON = () => 5; return JSON.stringify(a) })({})"); add("(a => { a.a = a; return JSON.stringify(a, ['b']) })({ b: 1 })")
for (const f of ["abs", "ceil", "clz32", "floor", "fround", "imul", "max", "min", "round", "sign", "sqrt", "trunc"]) {
  for (const v of ["[]", "[7]", "[1, 2]", "{}", "{ valueOf: () => 5 }", "{ valueOf: () => ({}), toString: () => '-2' }", "new Number(3)", "new String('-0')", "() => 1", "/x/", "null", "undefined", "true", "'\\u00a05'", "1n", "Symbol()", "Object.create(null)"]) { add(`Math.${f}(${v})`); add(`Math.${f}(1, ${v})`) }
}
for (const t of ["-0", "-00", " -0.9", "\\u2003-0x0", "\\ufeff-0", "-", "-z", "+0", "0", "-0n", "-1"]) for (const r of ["", ", 2", ", 16", ", 36", ", 1"]) for (const f of ["parseInt", "Number.parseInt"]) add(`${f}("${t}"${r})`)
add("parseInt === Number.parseInt"); add("[parseInt.name, parseInt.length]"); add("parseInt(-0)"); add("parseInt(['-0'])"); add("parseInt({ toString: () => '-0' })"); add("parseInt(Symbol())")
const context = vm.createContext()
const out = [...new Set(exprs)].map(e => {
  try { return { e, v: vm.runInNewContext('"use strict";(' + show + ")(" + e + ")", {}) } } catch (x) { return { e, t: x.name } }
})
fs.writeFileSync(path.join(__dirname, "../builtins.jsonl"), out.map(o => JSON.stringify(o)).join("\n") + "\n")
console.log(out.length)
