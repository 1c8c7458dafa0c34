import { noteDate } from "./clock";
import { asProblem, isAbort, refusal, silence, type Problem } from "./problem";
import { reached } from "./reach";
import { authorization } from "./token";

/** Options of a call. A body is sent as JSON, and raw as the text that it is, such as a configuration. */
export interface CallOptions {
  method?: "GET" | "POST" | "DELETE";
  body?: unknown;
  raw?: string;
  signal?: AbortSignal;
  headers?: Record<string, string>;
  /** Whether it goes out although calls are refused here, to try a token: the others wait for what comes of it. */
  tries?: boolean;
}

/** Heard is told of each answer, so that the session knows whether the dispatcher is there and lets us in. */
type Heard = (problem: Problem | null) => void;
let heard: Heard = () => undefined;
let closed: Problem | null = null;

/** onAnswer sets who is told of each answer. */
export function onAnswer(f: Heard): void {
  heard = f;
}

const waiting = new Set<() => void>();

/** reopen lets calls go out again after a 401 has ended them: another token is there. */
export function reopen(): void {
  closed = null;
  for (const go of waiting) go();
}

/** whenOpen ends when calls go out, at once where they do, or when the signal ends it. */
export function whenOpen(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (closed === null || signal.aborted) return resolve();
    const done = (): void => {
      waiting.delete(done);
      signal.removeEventListener("abort", done);
      resolve();
    };
    waiting.add(done);
    signal.addEventListener("abort", done);
  });
}

/** base is the path that all calls begin with. */
export const base = "/api/v1";

/**
 * request sends a call and returns the response of one that worked. It throws a Problem, or an AbortError where the
 * signal ended it. After the first 401 nothing is sent any more: each wrong token counts against our address.
 */
export async function request(path: string, options: CallOptions = {}): Promise<Response> {
  if (closed !== null && options.tries !== true) throw closed;
  const headers: Record<string, string> = { Accept: "application/json", ...authorization(), ...options.headers };
  const method = options.method ?? "GET";
  const init: RequestInit = { method, headers, cache: "no-cache", credentials: "omit", redirect: "error" };
  if (options.body !== undefined) {
    headers["Content-Type"] = "application/json";
    init.body = JSON.stringify(options.body);
  } else if (options.raw !== undefined) {
    headers["Content-Type"] = "text/plain";
    init.body = options.raw;
  }
  if (options.signal !== undefined) init.signal = options.signal;
  let response: Response;
  try {
    response = await fetch(base + path, init);
  } catch (thrown) {
    if (isAbort(thrown)) throw thrown;
    const problem = silence();
    heard(problem);
    throw problem;
  }
  noteDate(response);
  reached();
  if (response.ok || response.status === 304) {
    heard(null);
    return response;
  }
  const problem = await refusal(response);
  if (problem.status === 401) {
    if (headers["Authorization"] !== authorization()["Authorization"]) throw problem; // of a token that isn't ours now
    closed = problem;
  }
  heard(problem);
  throw problem;
}

/** call sends a call and returns its answer's JSON. */
export async function call<T>(path: string, options: CallOptions = {}): Promise<T> {
  const response = await request(path, options);
  try {
    return (await response.json()) as T;
  } catch (thrown) {
    if (isAbort(thrown)) throw thrown;
    throw asProblem(thrown);
  }
}

/** Text is an answer that isn't JSON, with its headers. */
export interface Text {
  text: string;
  headers: Headers;
}

/** text sends a call and returns its answer's text. */
export async function text(path: string, options: CallOptions = {}): Promise<Text> {
  const response = await request(path, { ...options, headers: { Accept: "*/*", ...options.headers } });
  return { text: await response.text(), headers: response.headers };
}

type Parameter = string | number | boolean | undefined | readonly string[];

/** query writes parameters behind a path; those that are undefined or empty are left out. */
export function query(path: string, parameters: Record<string, Parameter>): string {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(parameters)) {
    for (const one of Array.isArray(value) ? value : [value]) {
      if (one !== undefined && one !== "") search.append(name, String(one));
    }
  }
  const s = search.toString();
  return s === "" ? path : path + "?" + s;
}
