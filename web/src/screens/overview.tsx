import { Empty } from "../parts/panel";

/** Overview is a screen that isn't built yet. */
export function Overview() {
  return <Empty>This screen isn't built yet.</Empty>;
}
