import { SendSamples } from "../samples";
import { address } from "../../state/route";
import { useLoad } from "../../state/load";
import type { Entry } from "../../api/entry";

/** call999 is what the third step opens: the rule for emergencies, and a call that it doesn't take yet. */
const call999 = { rule: "emergency-processor", sample: "invite-emergency", to: "999" };

/** Demo leads a newcomer from the first page to a rule of their own, in three steps. */
export function Demo() {
  const loaded = useLoad<{ decisions: Entry[] }>("/decisions?processor=emergency-processor&limit=1", { every: 2000 });
  const example = loaded.data.value?.decisions[0];
  return (
    <section class="panel demo" aria-label="This is the demo">
      <header>
        <h2>This is the demo</h2>
        <span class="muted">An echo inside the process stands in for the processors.</span>
      </header>
      <ol>
        <li>
          <strong>Send calls.</strong> They go through the door that an EdgePort uses.
          <SendSamples />
        </li>
        <li>
          <strong>See where one went, and why.</strong>{" "}
          {example === undefined ? (
            "As soon as there is one."
          ) : (
            <a class="button" href={address("call", [example.callId])}>
              Open the emergency call
            </a>
          )}
        </li>
        <li>
          <strong>Make 999 an emergency, too.</strong> The rule doesn't take a call to 999 yet: add the number.{" "}
          <a class="button" href={address("play", [], call999)}>
            Change the rule in the Playground
          </a>
        </li>
      </ol>
    </section>
  );
}
