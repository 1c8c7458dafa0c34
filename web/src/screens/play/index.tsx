import { Empty } from "../../parts/panel";

/** Playground tries a rule on messages. */
export function Playground() {
  return <Empty>This screen isn't built yet.</Empty>;
}
