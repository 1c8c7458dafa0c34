import { useSignal, useSignalEffect } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { useEffect, useId, useRef } from "preact/hooks";
import { isOnScreen } from "../state/focus";
import { rows as density } from "../state/prefs";
import { useRowKeys } from "./rowkeys";
import { places, windowOf, type Key } from "./window";

/** Row is one line of a list. Its key stays with what it shows. It holds no control: its elements show others later. */
export interface Row {
  key: Key;
  cells: ComponentChildren[];
  /** A class for what the row is, such as error. */
  kind?: string;
  /** One text across the whole row, such as a gap's; then there are no cells. */
  across?: string;
}

interface RowsProps {
  label: string;
  /** The CSS class that gives the columns their widths, or hides them where there is no room. */
  class: string;
  /** Widths where they are known only here, as CSS has them. */
  columns?: string;
  head: ComponentChildren[];
  /** What aria-sort says of each column; undefined where it can't be sorted by. */
  sorted?: readonly ("ascending" | "descending" | "none" | undefined)[];
  count: number;
  row: (index: number) => Row;
  /** The index of the selected row; -1 for none. */
  selected: number;
  select: (index: number) => void;
  /** Enter does it; to the first row where none is selected. */
  open?: (index: number) => void;
  /** Takes the selection away, where there is one. Esc does it. */
  close?: (() => void) | undefined;
  /** Told how far the list is scrolled, in rows. */
  scrolled?: (first: number, last: number) => void;
  /** Whether the list is as high as its rows, up to what the class allows. */
  fit?: boolean;
  /** A number that, when it changes, brings the list back to its top. */
  top?: number;
}

/** Rows shows a long list with a few rows of DOM: all are of one height, and only those in view exist. */
export function Rows(props: RowsProps) {
  const { count, selected } = props;
  const id = useId();
  const frame = useRef<HTMLDivElement>(null);
  const at = useSignal(0);
  const room = useSignal(600);
  const height = useSignal(28);
  const placed = useRef<ReadonlyMap<Key, number>>(new Map());
  useSignalEffect(() => {
    void density.value; // the height of a row hangs on it
    const box = frame.current?.querySelector(".measure");
    if (box) height.value = box.getBoundingClientRect().height || 28;
  });
  const chosen = useRef(selected);
  chosen.current = selected;
  useEffect(() => {
    const box = frame.current;
    if (box === null) return;
    const watch = new ResizeObserver(() => {
      const shrinks = box.clientHeight < room.value;
      room.value = box.clientHeight;
      const end = (chosen.current + 2) * height.value - room.value; // of the selected row, below the head
      if (shrinks && chosen.current >= 0 && box.scrollTop < end) box.scrollTop = end;
    });
    watch.observe(box);
    return () => watch.disconnect();
  }, []);
  useEffect(() => frame.current?.scrollTo({ top: 0 }), [props.top]);
  useEffect(() => {
    if (isOnScreen()) frame.current?.focus({ preventScroll: true }); // who came to this screen is at its list
    if (selected >= 0) reveal(selected);
  }, []);
  const h = height.value;
  const choose = (to: number): void => {
    const index = Math.max(0, Math.min(count - 1, to));
    if (count === 0) return;
    props.select(index);
    reveal(index);
  };
  const reveal = (index: number): void => {
    const box = frame.current;
    if (box === null) return;
    const inner = box.clientHeight - h; // below the head
    if (index * h < box.scrollTop) box.scrollTop = index * h;
    else if ((index + 1) * h > box.scrollTop + inner) box.scrollTop = (index + 1) * h - inner;
  };
  const page = Math.max(1, Math.floor(room.value / h) - 2);
  const { open, close } = props;
  const pressed = useRowKeys({ list: frame, count, selected, page, select: choose, open, close });
  const { first, last } = windowOf(at.value, room.value, h, count);
  useEffect(() => props.scrolled?.(Math.floor(at.value / h), last), [at.value, last]);
  const shown = Array.from({ length: Math.max(0, last - first) }, (_, i) => props.row(first + i));
  placed.current = places(placed.current, shown.map((row) => row.key));
  const widths = props.columns === undefined ? undefined : { gridTemplateColumns: props.columns };
  return (
    <div
      ref={frame}
      class={"rows " + props.class}
      role="grid"
      aria-label={props.label}
      aria-rowcount={count + 1}
      aria-activedescendant={selected >= first && selected < last ? `${id}-${selected}` : undefined}
      tabIndex={0}
      style={props.fit === true ? { height: `${(count + 1) * h + 2}px`, minHeight: 0 } : undefined}
      onKeyDown={pressed}
      onScroll={(e) => (at.value = e.currentTarget.scrollTop)}
    >
      <div class="row head measure" role="row" aria-rowindex={1} style={widths}>
        {props.head.map((cell, i) => (
          <span key={i} role="columnheader" aria-sort={props.sorted?.[i]}>{cell}</span>
        ))}
      </div>
      <div class="body" role="rowgroup" style={{ height: `${count * h}px` }}>
        {shown.map((row, i) => {
          const index = first + i;
          return (
            <div
              key={placed.current.get(row.key)}
              id={`${id}-${index}`}
              class={"row " + (row.kind ?? "")}
              role="row"
              aria-rowindex={index + 2}
              aria-selected={index === selected}
              style={{ ...widths, transform: `translateY(${index * h}px)` }}
              onClick={() => choose(index)}
              onDblClick={() => props.open?.(index)}
            >
              {row.across !== undefined ? <span class="across" role="gridcell">{row.across}</span> : null}
              {row.cells.map((cell, i) => <span key={i} role="gridcell">{cell}</span>)}
            </div>
          );
        })}
      </div>
    </div>
  );
}
