import type uPlot from "uplot";
import { css } from "./colour";
import type { Data } from "./index";

/** drawMarks draws a line at each moment that is marked, with its label beside it. */
export function drawMarks(u: uPlot, marks: Data["marks"]): void {
  const { ctx, bbox } = u;
  ctx.save();
  ctx.strokeStyle = ctx.fillStyle = css("--text");
  ctx.setLineDash([4, 4]);
  ctx.font = `${11 * devicePixelRatio}px system-ui`;
  for (const m of marks) {
    const x = u.valToPos(m.at, "x", true);
    if (x < bbox.left || x > bbox.left + bbox.width) continue;
    ctx.beginPath();
    ctx.moveTo(x, bbox.top);
    ctx.lineTo(x, bbox.top + bbox.height);
    ctx.stroke();
    ctx.textAlign = x > bbox.left + bbox.width / 2 ? "right" : "left";
    ctx.fillText(` ${m.label} `, x, bbox.top + 11 * devicePixelRatio);
  }
  ctx.restore();
}
