/** Acts one after another: one offer is in flight at a time. */
export class Turns {
  private queue: Promise<unknown> = Promise.resolve();
  private current = 0;

  constructor(private readonly failed: (error: unknown) => void) {}

  /** Another number after each fresh start: what was under way before it counts no more. */
  get era(): number {
    return this.current;
  }

  renew(): void {
    this.current++;
  }

  take(act: () => Promise<void>): void {
    const era = this.current;
    const isOver = () => era !== this.current;
    this.queue = this.queue.then(() => (isOver() ? undefined : act())).catch((error) => isOver() || this.failed(error));
  }
}
