// The screens behind the Overview, but for the Playground: one file to load, and smaller together than each by itself.
export { Backends } from "./backends/index";
export { Call } from "./call/index";
export { Config } from "./config/index";
export { Decision } from "./decision";
export { Decisions } from "./decisions/index";
export { Routes } from "./routes/index";
export { Watches } from "./watches/index";
