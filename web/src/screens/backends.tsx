import { Empty } from "../parts/panel";

/** Backends is a screen that isn't built yet. */
export function Backends() {
  return <Empty>This screen isn't built yet.</Empty>;
}
