import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { now } from "../../api/clock";
import { span } from "../../parts/time";
import { lostSince, news } from "../../state/session";

/** Banner says what happened to the connection. Its place is kept, so that nothing jumps. */
export function Banner() {
  const tick = useSignal(0);
  const lost = lostSince.value;
  useEffect(() => {
    if (lost === 0) return;
    const timer = setInterval(() => tick.value++, 1000);
    return () => clearInterval(timer);
  }, [lost]);
  useEffect(() => {
    if (news.value === "") return;
    const timer = setTimeout(() => (news.value = ""), 20_000);
    return () => clearTimeout(timer);
  }, [news.value]);
  const since = tick.value >= 0 && lost !== 0 ? span(now() - lost) : "";
  return (
    <div class="banner" role="status" data-kind={lost !== 0 ? "lost" : news.value !== "" ? "news" : "none"}>
      {lost !== 0
        ? "No answer from the dispatcher for " + since + "; trying again. What is shown is as old as that."
        : news.value}
    </div>
  );
}
