import type { Backends, Config } from "../../api/api.gen";
import type { Entry } from "../../api/entry";
import type { Stats } from "../../api/wants";
import { causes, type Cause } from "../../state/failures";
import { useLoad } from "../../state/load";
import { session } from "../../state/session";
import { Card } from "./card";
import { Demo } from "./demo";
import { Failures } from "./failures";
import { Path } from "./path";
import { Plots } from "./plots";
import { Sentence } from "./sentence";

/** Overview says whether it works, what changed, and what fails. */
export function Overview() {
  const config = useLoad<Config>("/config", { every: 5000 });
  const backends = useLoad<Backends>("/backends?limit=500", { every: 2000 });
  const stats = useLoad<Stats>("/stats?window=15m", { every: 2000 });
  const grouped = useLoad<{ failures: Cause[] }>("/failures?window=15m", { every: 5000 });
  const older = grouped.problem.value?.status === 404; // this dispatcher groups nothing: what it keeps is grouped here
  const failed = useLoad<{ decisions: Entry[] }>(older ? "/decisions?failed=true&limit=1000" : null, { every: 5000 });
  const list = older ? failed.data.value && causes(failed.data.value.decisions) : grouped.data.value?.failures;
  return (
    <>
      <Sentence config={config} stats={stats.data.value} causes={list} />
      {session.value?.demo === true ? <Demo /> : null}
      <Plots loaded={stats} />
      <Failures list={list} loaded={older ? failed : grouped} kept={older} />
      <Path config={config.data.value} backends={backends} />
      <Card loaded={config} />
    </>
  );
}
