import uPlot from "uplot";
import { css } from "./colour";
import { drawMarks } from "./marks";

/** Line is one series of a plot. What isn't known is null, and leaves a gap. */
export interface Line {
  readonly label: string;
  readonly values: readonly (number | null)[];
  /** A role of tokens.css, such as --match. */
  readonly colour: string;
  readonly dash?: readonly number[];
}

/** Data is what a plot shows: times in seconds, and lines of as many values. */
export interface Data {
  readonly times: readonly number[];
  readonly lines: readonly Line[];
  /** Moments that are marked, such as the beginning of an epoch. */
  readonly marks: readonly { readonly at: number; readonly label: string }[];
}

/** PlotOptions say where a plot stands and what it means. */
export interface PlotOptions {
  readonly host: HTMLElement;
  readonly height: number;
  /** The stretches of time that it shows, in seconds, ascending: the first that all points find room in. */
  readonly stretches: readonly number[];
  /** The highest value of an axis that shows less. */
  readonly least: number;
  /** Whether lines stand on one another, as parts of a whole. */
  readonly stacked: boolean;
  readonly format: (value: number) => string;
  /** How a time is written, in seconds. */
  readonly at: (seconds: number) => string;
  /** Told of the times between which somebody dragged, in seconds. */
  readonly selected: (from: number, to: number) => void;
}

/** Plot is a drawn plot. Who makes it ends it. */
export interface Plot {
  set: (data: Data) => void;
  destroy: () => void;
}

const together = uPlot.sync("overview"); // plots share their cursor

/** plot draws lines over time. Its colours are read when it draws, so it follows the theme. */
export function plot(o: PlotOptions, first: Data): Plot {
  let data = first;
  const drawn = new uPlot(
    options(o, () => data),
    values(o, data),
    o.host,
  );
  const watch = new ResizeObserver(() => drawn.setSize({ width: o.host.clientWidth, height: o.height }));
  watch.observe(o.host);
  const scheme = matchMedia("(prefers-color-scheme: dark)");
  const repaint = (): void => drawn.redraw();
  scheme.addEventListener("change", repaint);
  return {
    set: (next) => {
      data = next;
      drawn.setData(values(o, next));
    },
    destroy: () => {
      scheme.removeEventListener("change", repaint);
      watch.disconnect();
      drawn.destroy();
      for (const e of drawn.root.querySelectorAll("*")) e.remove(); // uPlot's last one is kept, but by itself
      o.host.remove();
    },
  };
}

/** values are the columns that are drawn; stacked ones are sums from the first line up, the highest first. */
function values(o: PlotOptions, data: Data): uPlot.AlignedData {
  const columns = data.lines.map((l) => [...l.values]);
  if (o.stacked) {
    for (let n = 1; n < columns.length; n++) {
      columns[n] = (columns[n] ?? []).map((v, i) => (v === null ? null : v + (columns[n - 1]?.[i] ?? 0)));
    }
    columns.reverse();
  }
  return [[...data.times], ...columns];
}

function options(o: PlotOptions, data: () => Data): uPlot.Options {
  const lines = o.stacked ? [...data().lines].reverse() : data().lines;
  const axis = {
    stroke: () => css("--muted"),
    grid: { stroke: () => css("--line"), width: 1 },
    ticks: { show: false },
  };
  return {
    width: o.host.clientWidth,
    height: o.height,
    legend: { show: false },
    cursor: { sync: { key: together.key }, drag: { x: true, y: false, setScale: false }, points: { size: 5 } },
    scales: {
      x: { time: true, range: (_, min, max) => lastOf(o.stretches, min, max) },
      y: { range: (_, __, max) => [0, Math.max((max ?? 0) * 1.1, o.least)] },
    },
    axes: [
      { ...axis, size: 28, space: 80, values: (_, ticks) => ticks.map(o.at) },
      { ...axis, size: 64, values: (_, ticks) => ticks.map((v) => o.format(v)) },
    ],
    series: [{}, ...lines.map((l) => seriesOf(l, o.stacked))],
    hooks: {
      draw: [(u) => drawMarks(u, data().marks)],
      setSelect: [
        (u) => {
          if (u.select.width < 4) return;
          o.selected(u.posToVal(u.select.left, "x"), u.posToVal(u.select.left + u.select.width, "x"));
          u.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
        },
      ],
    },
  };
}

function seriesOf(line: Line, stacked: boolean): uPlot.Series {
  const made: uPlot.Series = {
    label: line.label,
    stroke: () => css(line.colour),
    width: stacked ? 1 : 1.5,
    points: stacked ? { show: false } : { show: true, size: 4, filter: lonely },
    spanGaps: false,
  };
  if (stacked) made.fill = () => css(line.colour);
  if (line.dash !== undefined) made.dash = [...line.dash];
  return made;
}

/** lastOf is the stretch of time before the newest point, or before now where there is none. */
function lastOf(stretches: readonly number[], oldest: number | null, newest: number | null): [number, number] {
  const end = newest ?? Date.now() / 1000;
  const known = end - (oldest ?? end);
  return [end - (stretches.find((s) => known <= s) ?? stretches.at(-1) ?? 0), end];
}

/** lonely are the points without neighbours: no line is drawn through them. */
const lonely: uPlot.Series.Points.Filter = (u, series) => {
  const known = u.data[series] ?? [];
  return [...known.keys()].filter((i) => known[i] != null && known[i - 1] == null && known[i + 1] == null);
};
