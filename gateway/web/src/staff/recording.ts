/** How attendance of a session stands on its facilitators' page: not yet, to be read, to be corrected, or to be recorded with a tap for each member. */
export type Recording = "none" | "read" | "correct" | "tap";

/** In person nothing opens and nobody's time is measured: who is here is recorded from the start on. By video it can be corrected once it is over. */
export function recordingOf(session: { status: string; startsAt: string }, modality: string, now: number): Recording {
  if (session.status === "cancelled") {
    return "none";
  }

  if (modality === "in_person") {
    return new Date(session.startsAt).getTime() <= now ? "tap" : "none";
  }

  return session.status === "scheduled" ? "none" : session.status === "ended" ? "correct" : "read";
}
