import { Empty } from "../parts/panel";

/** Config is a screen that isn't built yet. */
export function Config() {
  return <Empty>This screen isn't built yet.</Empty>;
}
