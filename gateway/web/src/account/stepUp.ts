import { ApiProblem } from "../api/client";

type Listener = (asked: Asked | null) => void;

export interface Asked {
  done(proven: boolean): void;
}

let listener: Listener | null = null;

/** The one dialog that asks; see `StepUpDialog`. */
export function onStepUp(next: Listener | null): void {
  listener = next;
}

/** Runs a call; where it must be proven again who asks, asks until it is, and runs it once more. */
export async function withStepUp<T>(act: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await act();
    } catch (error) {
      if (!(error instanceof ApiProblem && error.code === "step-up-required") || !listener) {
        throw error;
      }

      const show = listener;
      const proven = await new Promise<boolean>((done) => show({ done }));
      show(null);
      if (!proven) {
        throw error;
      }
    }
  }
}
