import { Empty } from "../parts/panel";

/** Routes is a screen that isn't built yet. */
export function Routes() {
  return <Empty>This screen isn't built yet.</Empty>;
}
