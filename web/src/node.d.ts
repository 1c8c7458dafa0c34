// What tests use of Node: they run with node --test, and nothing else of the console knows Node.
declare module "node:test" {
  export function test(name: string, run: () => void | Promise<void>): void;
}

declare module "node:assert/strict" {
  function equal<T>(have: T, want: T, message?: string): void;
  function deepEqual<T>(have: T, want: T, message?: string): void;
  function ok(value: unknown, message?: string): void;
  function throws(run: () => unknown, want?: RegExp): void;
  export { equal, deepEqual, ok, throws };
}
