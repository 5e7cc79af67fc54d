import createClient from "openapi-fetch";
import type { paths } from "./schema";

export const api = createClient<paths>({ baseUrl: location.origin, credentials: "same-origin" });

/** Called when a request is refused because the sign-in has ended. */
export const signedOut = new EventTarget();

export function tellSignedOut(code: string): void {
  if (code === "not-signed-in") {
    signedOut.dispatchEvent(new Event("signed-out"));
  }
}

/** A refusal: a problem document (RFC 9457) with a stable code; `network` when there was no answer. */
export class ApiProblem extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    readonly body: Record<string, unknown>,
    readonly retryAfter: number | null,
  ) {
    super(typeof body.detail === "string" ? body.detail : code);
  }

  /** Whether the same request may succeed a little later. */
  get passes(): boolean {
    return this.code === "network" || this.status >= 500 || this.status === 429 || (this.status === 404 && this.retryAfter !== null);
  }
}

/** The data of an answer. Throws `ApiProblem`. */
export async function ask<T>(request: Promise<{ data?: T; error?: unknown; response: Response }>): Promise<T> {
  let answer;
  try {
    answer = await request;
  } catch {
    throw new ApiProblem(0, "network", {}, null);
  }

  if (answer.response.ok) {
    return answer.data as T;
  }

  const body = (typeof answer.error === "object" && answer.error !== null ? answer.error : {}) as Record<string, unknown>;
  const wait = Number(answer.response.headers.get("Retry-After") ?? NaN);
  const code = typeof body.code === "string" ? body.code : "unexpected";
  tellSignedOut(code);
  throw new ApiProblem(answer.response.status, code, body, Number.isNaN(wait) ? null : wait);
}
