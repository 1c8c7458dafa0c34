import type { Backends, Config, Failures as Failing, Stats, Shadow as Shadowed } from "../../api/api.gen";
import { useLoad } from "../../state/load";
import { session } from "../../state/session";
import { askStats, statsPath } from "../../state/stats";
import { Card } from "./card";
import { Demo } from "./demo";
import { Failures } from "./failures";
import { Fleet } from "./fleet";
import { Path } from "./path";
import { Plots } from "./plots";
import { Sentence } from "./sentence";
import { Shadow } from "./shadow";

/** Overview says whether it works, what changed, and what fails. */
export function Overview() {
  const config = useLoad<Config>("/config?limit=1", { every: 5000 });
  const backends = useLoad<Backends>("/backends?limit=200&fields=summary", { every: 2000 });
  const stats = useLoad<Stats>(statsPath, { every: 2000, ask: askStats });
  const failures = useLoad<Failing>("/failures?window=15m", { every: 5000 });
  const shadow = useLoad<Shadowed>("/shadow", { every: 5000 });
  const list = failures.data.value?.failures;
  return (
    <>
      <Sentence config={config} stats={stats.data.value} causes={list} />
      {session.value?.demo === true ? <Demo /> : null}
      <Plots loaded={stats} />
      <Failures loaded={failures} />
      <Path config={config.data.value} backends={backends} />
      <Card loaded={config} />
      <Fleet />
      <Shadow loaded={shadow} />
    </>
  );
}
