/**
 * Ring keeps the last items of a stream under the numbers they came with: 0, 1, 2, … What is pushed beyond its capacity
 * takes the place of the oldest. Nothing is copied, so 20,000 items cost what they are.
 */
export class Ring<T> {
  private readonly slots: T[] = [];
  private count = 0;

  constructor(readonly capacity: number) {}

  /** The number of the oldest item that is kept; end where there is none. */
  get first(): number {
    return Math.max(0, this.count - this.capacity);
  }

  /** The number that the next item will have. */
  get end(): number {
    return this.count;
  }

  push(item: T): void {
    this.slots[this.count++ % this.capacity] = item;
  }

  /** at returns the item with a number, undefined where it isn't kept (any more). */
  at(number: number): T | undefined {
    return number >= this.first && number < this.count ? this.slots[number % this.capacity] : undefined;
  }

  /** clear forgets everything and begins at 0 again. */
  clear(): void {
    this.slots.length = 0;
    this.count = 0;
  }
}
