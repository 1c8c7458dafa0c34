import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { now } from "../../api/clock";
import { nextTry } from "../../api/reach";
import { span } from "../../parts/time";
import { lostSince, news } from "../../state/session";
import { status } from "../../state/status";

/** Banner says what happened to the connection. It stands over the page, so that nothing jumps. */
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
  void tick.value;
  const stopping = status.value.word === "stopping";
  const kind = lost !== 0 || stopping ? "lost" : news.value !== "" ? "news" : "none";
  return (
    <div class="banner" role="status" data-kind={kind}>
      {lost !== 0 ? (
        <>
          No answer from the dispatcher<span aria-hidden="true">{since(now() - lost, nextTry())}</span>. What is shown
          is as old as that.
        </>
      ) : stopping ? (
        "The dispatcher is stopping; what is in flight is answered."
      ) : (
        news.value
      )}
    </div>
  );
}

/** since counts, for eyes alone: nobody wants to hear each second. */
function since(lasted: number, next: number): string {
  const soon = Math.round(next / 1000);
  const whole = lasted < 60_000 ? `${Math.round(lasted / 1000)} s` : span(lasted); // it counts by the second
  return ` for ${whole}; trying again${soon > 0 ? ` in ${soon} s` : ""}`;
}
