/** A state with listeners for its changes. */
export class Told<T extends object> {
  private readonly listeners = new Set<() => void>();

  protected constructor(protected state: T) {}

  readonly getState = (): T => this.state;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  protected set(part: Partial<T>): void {
    this.state = { ...this.state, ...part };
    this.listeners.forEach((listener) => listener());
  }
}
