import { utc } from "../state/prefs";
import { both, clock } from "./time";

/** Clock is a time of day to the millisecond; the tooltip has it with its date, here and in UTC. */
export function Clock({ time }: { time: string }) {
  const [whole, ms] = clock(time, utc.value ? "utc" : "local").split(".");
  return (
    <time class="time" dateTime={time} title={both(time)}>
      {whole}
      {ms === undefined ? null : <span class="ms">.{ms}</span>}
    </time>
  );
}
