import { useKeys } from "../parts/keys";
import { Empty } from "../parts/panel";
import { back, route } from "../state/route";
import { Detail } from "./detail/index";

/** Decision is the one whose id stands in the address. */
export function Decision() {
  const id = route.value.args[0] ?? "";
  useKeys([{ keys: "Escape", does: "go back", run: () => back("#/decisions?tab=messages") }]);
  if (id === "") return <Empty>No id stands in the address. <a href="#/decisions">Look for a decision</a></Empty>;
  return (
    <>
      <p class="crumbs"><a href="#/decisions?tab=messages">Messages</a> / <bdi>{id}</bdi></p>
      <Detail key={id} id={id} link />
    </>
  );
}
