import { Empty } from "../parts/panel";

/** Call is a screen that isn't built yet. */
export function Call() {
  return <Empty>This screen isn't built yet.</Empty>;
}
