import { Empty } from "../parts/panel";

/** Watches is a screen that isn't built yet. */
export function Watches() {
  return <Empty>This screen isn't built yet.</Empty>;
}
