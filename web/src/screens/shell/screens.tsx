import type { ComponentType } from "preact";
import { Overview } from "../overview/index";
import { lazy, type Lazy } from "../../parts/lazy";

/** Screen is a place of the console. Those without a key are reached from others. */
export interface Screen {
  /** As in its address. */
  name: string;
  title: string;
  /** Behind g. */
  key?: string;
  view: ComponentType | Lazy<object>;
}

/** screens are all places, those of the rail in its order. */
export const screens: readonly Screen[] = [
  { name: "", title: "Overview", key: "o", view: Overview },
  { name: "play", title: "Playground", key: "p", view: lazy(async () => (await import("../play/index")).Playground) },
  { name: "routes", title: "Routes", key: "r", view: lazy(async () => (await import("../rest")).Routes) },
  {
    name: "decisions",
    title: "Decisions",
    key: "d",
    view: lazy(async () => (await import("../rest")).Decisions),
  },
  {
    name: "config",
    title: "Configuration",
    key: "c",
    view: lazy(async () => (await import("../rest")).Config),
  },
  { name: "backends", title: "Backends", key: "b", view: lazy(async () => (await import("../rest")).Backends) },
  { name: "watches", title: "Watches", key: "w", view: lazy(async () => (await import("../rest")).Watches) },
  { name: "call", title: "Call", view: lazy(async () => (await import("../rest")).Call) },
  { name: "decision", title: "Decision", view: lazy(async () => (await import("../rest")).Decision) },
];

/** screenOf finds a place by the name in its address. */
export const screenOf = (name: string): Screen | undefined => screens.find((s) => s.name === name);

/** early has the code of a place come before anything asks for it. */
export function early(name: string): void {
  const view = screenOf(name)?.view;
  if (view !== undefined && "early" in view) view.early();
}
