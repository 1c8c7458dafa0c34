import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import type { Entry } from "../../api/entry";
import { CopyCurl } from "../../parts/copy";
import { Mark } from "../../parts/glyph";
import { useKeys } from "../../parts/keys";
import { First } from "../../parts/panel";
import { took } from "../../parts/time";
import { Tabs } from "../../parts/tabs";
import { Waterfall } from "../../parts/waterfall";
import { Clock } from "../../parts/when";
import { because, fate, heardWhy, title } from "../../sip/entry";
import { fleet, several } from "../../state/fleet";
import { useLoad } from "../../state/load";
import { useRoom } from "../../state/room";
import { address, go } from "../../state/route";
import { MessageView } from "./message";
import { SaveTest } from "./savetest";
import { Verdicts, Why } from "./why";

const tabs = ["why", "message", "hops", "rules"] as const;

/** Detail shows one decision: what it was, why it went where it went, its message, its calls and what rules said. */
export function Detail({ id, link = false }: { id: string; link?: boolean }) {
  const loaded = useLoad<Entry>("/decisions/" + encodeURIComponent(id));
  const tab = useSignal<(typeof tabs)[number]>("why");
  const saving = useSignal(false);
  const e = loaded.data.value;
  const leave = useSignal<((e: Entry) => string) | null>(null); // where to, once it is known what it was
  useEffect(() => {
    if (e !== undefined && leave.value !== null) go(leave.value(e));
  }, [e, leave.value]);
  const fix = (): void => void (leave.value = (of) => playground(id, of));
  const ladder = (): void => void (leave.value = (of) => address("call", [of.callId], { at: id }));
  const problem = loaded.problem.value;
  const keys = [
    { keys: "w", does: "say why", run: () => (tab.value = "why") },
    { keys: "m", does: "show the message", run: () => (tab.value = "message") },
    { keys: "p", does: "open this message in the Playground", run: fix },
    { keys: "t", does: "save this message as a test", run: () => (saving.value = true) },
    ...(link ? [{ keys: "l", does: "open the ladder of the call", run: ladder }] : []),
  ];
  useKeys(e === undefined && problem !== null ? [] : keys);
  const room = useRoom("decision", loaded, 8);
  if (e === undefined) {
    return (
      <section class="panel detail" aria-label="Decision" {...room}>
        <First loaded={loaded} />
      </section>
    );
  }
  return (
    <section class="panel detail" aria-label={"Decision on " + title(e)} {...room}>
      <header>
        <h2>
          <Mark of={fate(e)} /> <bdi>{title(e)}</bdi>
        </h2>
        <span class="muted">
          <Clock time={e.time} /> · <Made by={e} />
          {" · "}
          {took(e.durationNs)}
          {e.way === "relay" ? " by the relay" : ""}
          {link ? (
            <>
              {" "}
              · <a href={address("call", [e.callId])}>its call</a>
            </>
          ) : null}
        </span>
        <span class="tools">
          <button type="button" class="main" onClick={fix}>
            {fate(e) === "match" ? "Try in the Playground" : "Fix in the Playground"} <kbd>p</kbd>
          </button>
          <button type="button" onClick={() => (saving.value = true)}>
            Save as test <kbd>t</kbd>
          </button>
          <CopyCurl path={loaded.path} />
        </span>
      </header>
      <div>
        <p class="sentence">
          <bdi>{sentence(e)}</bdi> {heardWhy(e) === "" ? null : <strong>{heardWhy(e)}</strong>}
        </p>
        <Tabs label="What is known of it" all={tabs} chosen={tab} />
        <div class="tabview" role="tabpanel" aria-label={tab.value}>
          {tab.value === "why" ? <Why entry={e} /> : null}
          {tab.value === "message" ? <MessageView entry={e} /> : null}
          {tab.value === "hops" ? <Waterfall entry={e} /> : null}
          {tab.value === "rules" ? <Verdicts entry={e} /> : null}
        </div>
      </div>
      {saving.value ? <SaveTest id={id} close={() => (saving.value = false)} /> : null}
    </section>
  );
}

/** Made is the configuration that decided, and the replica where there are several. Its epochs are counted there. */
function Made({ by: e }: { by: Entry }) {
  const elsewhere = e.replica !== undefined && !fleet.value?.replicas.some((r) => r.self && r.name === e.replica);
  return (
    <>
      {several.value && elsewhere ? (
        `epoch ${e.epoch}`
      ) : (
        <a href={address("config", [], { epoch: String(e.epoch) })}>epoch {e.epoch}</a>
      )}
      {several.value && e.replica !== undefined ? (
        <>
          {" "}
          of <bdi>{e.replica}</bdi>
        </>
      ) : null}
    </>
  );
}

/** playground is where a decision's message opens with the rule that decided it, or failed on it. */
export function playground(id: string, e: Entry): string {
  const rule = e.failedRule || /^matchFunc of processor ref = (\S+):/.exec(e.error)?.[1] || e.processor;
  return address("play", [], { decision: id, rule });
}

function sentence(e: Entry): string {
  const text = because(e);
  const whole = text.charAt(0).toUpperCase() + text.slice(1);
  return /[.!?]$/.test(whole) ? whole : whole + ".";
}
