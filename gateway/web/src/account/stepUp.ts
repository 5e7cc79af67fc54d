import type { Middleware } from "openapi-fetch";
import { ApiProblem } from "../api/client";

export interface Asked {
  done(proven: boolean): void;
}

type Listener = (asked: Asked | null) => void;

let listener: Listener | null = null;

/** The one place that asks; see `StepUpHost`. */
export function onStepUp(next: Listener | null): void {
  listener = next;
}

async function isProven(): Promise<boolean> {
  if (!listener) {
    return false;
  }

  const show = listener;
  const proven = await new Promise<boolean>((done) => show({ done }));
  show(null);
  return proven;
}

/** Runs a call; where it must be proven again who asks, asks until it is, and runs it once more. */
export async function withStepUp<T>(act: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await act();
    } catch (error) {
      if (!(error instanceof ApiProblem && error.code === "step-up-required") || !(await isProven())) {
        throw error;
      }
    }
  }
}

async function codeOf(response: Response): Promise<string> {
  try {
    return ((await response.clone().json()) as { code?: string }).code ?? "";
  } catch {
    return "";
  }
}

/** The same for every call of the typed client. The repeat has the same key: a refusal of this kind is kept under none. */
export function stepUpMiddleware(onRefusal: (code: string) => void): Middleware {
  const sent = new Map<string, Request>();
  return {
    onRequest({ request, id }) {
      sent.set(id, request.clone());
    },
    async onResponse({ response, id }) {
      const again = sent.get(id);
      sent.delete(id);
      if (response.status !== 403 || !again) {
        return undefined;
      }

      let code = await codeOf(response);
      let answer: Response | undefined;
      while (code === "step-up-required" && (await isProven())) {
        answer = await fetch(again.clone());
        code = answer.status === 403 ? await codeOf(answer) : "";
      }

      if (code === "email-not-confirmed" || code === "second-factor-required") {
        onRefusal(code);
      }

      return answer;
    },
    onError({ id }) {
      sent.delete(id);
    },
  };
}
