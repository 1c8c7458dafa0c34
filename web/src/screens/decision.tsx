import { Empty } from "../parts/panel";

/** Decision is a screen that isn't built yet. */
export function Decision() {
  return <Empty>This screen isn't built yet.</Empty>;
}
