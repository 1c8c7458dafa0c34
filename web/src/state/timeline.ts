import { Ring } from "./ring";

/**
 * Timeline is a list whose one end grows as things happen, and whose other end grows as a reader asks for older ones.
 * Items have numbers: what comes live counts up from 0, what was before counts down from -1. They keep their numbers.
 */
export class Timeline<T> {
  private readonly live: Ring<T>;
  private readonly before: T[] = [];

  constructor(readonly capacity: number) {
    this.live = new Ring(capacity);
  }

  /** The number of the oldest item. */
  get first(): number {
    return this.live.first > 0 ? this.live.first : 0 - this.before.length;
  }

  /** One more than the number of the newest item. */
  get end(): number {
    return this.live.end;
  }

  get size(): number {
    return this.end - this.first;
  }

  /** push adds the newest item. What then is too much goes at the other end, all older items first. */
  push(item: T): void {
    this.live.push(item);
    const room = this.capacity - Math.min(this.live.end, this.capacity);
    if (this.before.length > room) this.before.length = room;
  }

  /** older adds items before the oldest, the newest of them first. It returns how many there was room for. */
  older(items: readonly T[]): number {
    const room = Math.max(0, this.capacity - this.size);
    const taken = this.live.first > 0 ? [] : items.slice(0, room);
    this.before.push(...taken);
    return taken.length;
  }

  at(number: number): T | undefined {
    return number < 0 ? (this.live.first > 0 ? undefined : this.before[-1 - number]) : this.live.at(number);
  }

  /** find is the number of the newest item of which something holds; undefined where it holds of none. */
  find(holds: (item: T) => boolean): number | undefined {
    for (let n = this.end - 1; n >= this.first; n--) {
      const item = this.at(n);
      if (item !== undefined && holds(item)) return n;
    }
    return undefined;
  }

  clear(): void {
    this.live.clear();
    this.before.length = 0;
  }
}
