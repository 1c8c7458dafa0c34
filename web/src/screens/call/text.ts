import { span, took } from "../../parts/time";
import type { Call } from "../../sip/calls";
import { because, heard, title } from "../../sip/entry";
import type { Ladder } from "../../sip/ladder";

/** asText writes a ladder as text, for a ticket or a mail. */
export function asText(call: Call, ladder: Ladder): string {
  const head = `Call ${call.callId}\n${call.from || "?"} -> ${call.to || "?"}, ${call.state}, since ${call.first}\n\n`;
  const body = ladder.lines.map((line) => {
    if (line.entry === undefined)
      return `          ... ${span(line.pause)} without a message ${line.resembles}`.trimEnd();
    const e = line.entry;
    const hops = line.hops.map((h) => {
      const party = ladder.parties[h.party];
      return `${party?.ref ?? "?"} ${party?.addr ?? ""} ${h.code} ${took(h.durationNs)}`;
    });
    const said = heard(e);
    return [
      `+${(line.offset / 1000).toFixed(3).padStart(8)} ${title(e).padEnd(24)} ${because(e)}`,
      ...hops.map((h) => " ".repeat(35) + "-> " + h),
      ...(said === "" ? [] : [" ".repeat(35) + said]),
    ].join("\n");
  });
  return (head + body.join("\n") + "\n").replaceAll("\u202f", " ");
}
