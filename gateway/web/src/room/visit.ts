/** The facts that a page reloaded in mid-call must remember: no words, no names, for this tab alone. */
export interface Visit {
  mic: boolean;
  camera: boolean;
  devices: boolean;
}

const key = "visit";

export function keptVisit(session: string): Visit | null {
  try {
    const kept = JSON.parse(sessionStorage.getItem(key) ?? "null") as (Visit & { session: string }) | null;
    return kept?.session === session ? kept : null;
  } catch {
    return null;
  }
}

export function keepVisit(session: string, visit: Visit): void {
  sessionStorage.setItem(key, JSON.stringify({ session, ...visit }));
}

export function forgetVisit(): void {
  sessionStorage.removeItem(key);
}
