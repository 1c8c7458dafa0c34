import { Empty } from "../parts/panel";

/** Decisions is a screen that isn't built yet. */
export function Decisions() {
  return <Empty>This screen isn't built yet.</Empty>;
}
