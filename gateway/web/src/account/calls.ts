import { ApiProblem, tellSignedOut } from "../api/client";

/** Calls one of `/api/identity/…`. Throws `ApiProblem`. */
export async function call<T = void>(method: "GET" | "POST" | "DELETE", path: string, body?: unknown): Promise<T> {
  let answer;
  try {
    answer = await fetch(`/api/identity/${path}`, {
      method,
      credentials: "same-origin",
      headers: { Accept: "application/json", "Accept-Language": document.documentElement.lang, "Content-Type": "application/json" },
      body: method === "POST" ? JSON.stringify(body ?? {}) : undefined,
    });
  } catch {
    throw new ApiProblem(0, "network", {}, null);
  }

  const text = await answer.text();
  const json = (text ? JSON.parse(text) : {}) as Record<string, unknown>;
  if (!answer.ok) {
    const wait = Number(answer.headers.get("Retry-After") ?? NaN);
    const code = typeof json.code === "string" ? json.code : "unexpected";
    tellSignedOut(code);
    throw new ApiProblem(answer.status, code, json, Number.isNaN(wait) ? null : wait);
  }

  return json as T;
}

export interface TwoFactor {
  isTwoFactorEnabled: boolean;
  hasPasskey: boolean;
  isRequired: boolean;
  recoveryCodesLeft: number;
  recoveryCodes: string[] | null;
  sharedKey: string | null;
  authenticatorUri: string | null;
  qrCode: string[] | null;
}

export interface Passkey {
  id: string;
  name: string;
  createdAt: string;
  synced: boolean;
}

export interface Session {
  id: string;
  device: string;
  startedAt: string;
  lastUsedAt: string;
  current: boolean;
}

export interface Proof {
  password?: string;
  twoFactorCode?: string;
  twoFactorRecoveryCode?: string;
  passkey?: { state: string; credential: unknown };
}

/** The error of a field of a refused form, or null. */
export function fieldError(problem: unknown, field: string): string | null {
  const errors = problem instanceof ApiProblem ? (problem.body.errors as Record<string, string[]> | undefined) : undefined;
  return errors?.[field]?.[0] ?? null;
}

export const codeOf = (problem: unknown): string => (problem instanceof ApiProblem ? problem.code : "network");
