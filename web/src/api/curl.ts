import { base, type CallOptions } from "./call";
import { hasToken } from "./token";

/** quoted writes a word for a POSIX shell, whatever is in it. */
export const quoted = (word: string): string =>
  /^[\w@%+=:,./-]+$/.test(word) ? word : "'" + word.replaceAll("'", "'\\''") + "'";

/** curl writes a call as a command that a shell runs; the token is named and not written. */
export function curl(path: string, options: CallOptions = {}, stream = false): string {
  const words = ["curl", stream ? "-sSN" : "-sS"];
  const method = options.method ?? "GET";
  if (method !== "GET" && !(method === "POST" && (options.body ?? options.raw) !== undefined)) words.push("-X", method);
  if (hasToken()) words.push("-H", '"Authorization: Bearer $DISPATCHER_ADMIN_TOKEN"');
  for (const [name, value] of Object.entries(options.headers ?? {})) words.push("-H", quoted(name + ": " + value));
  if (options.body !== undefined) {
    words.push("-H", quoted("Content-Type: application/json"), "--data-binary", quoted(JSON.stringify(options.body)));
  }
  if (options.raw !== undefined) {
    words.push("-H", quoted("Content-Type: text/plain"), "--data-binary", quoted(options.raw));
  }
  words.push(quoted(location.origin + base + path));
  return words.join(" ");
}
