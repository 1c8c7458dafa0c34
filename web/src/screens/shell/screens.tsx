import type { ComponentType } from "preact";
import { Backends } from "../backends";
import { Call } from "../call";
import { Config } from "../config";
import { Decisions } from "../decisions";
import { Decision } from "../decision";
import { Overview } from "../overview";
import { lazy } from "../../parts/lazy";
import { Routes } from "../routes";
import { Watches } from "../watches";

/** Screen is a place of the console. Those without a key are reached from others. */
export interface Screen {
  /** As in its address. */
  name: string;
  title: string;
  /** Behind g. */
  key?: string;
  view: ComponentType;
}

/** screens are all places, those of the rail in its order. */
export const screens: readonly Screen[] = [
  { name: "", title: "Overview", key: "o", view: Overview },
  { name: "play", title: "Playground", key: "p", view: lazy(async () => (await import("../play/index")).Playground) },
  { name: "routes", title: "Routes", key: "r", view: Routes },
  { name: "decisions", title: "Decisions", key: "d", view: Decisions },
  { name: "config", title: "Configuration", key: "c", view: Config },
  { name: "backends", title: "Backends", key: "b", view: Backends },
  { name: "watches", title: "Watches", key: "w", view: Watches },
  { name: "call", title: "Call", view: Call },
  { name: "decision", title: "Decision", view: Decision },
];

/** screenOf finds a place by the name in its address. */
export const screenOf = (name: string): Screen | undefined => screens.find((s) => s.name === name);
