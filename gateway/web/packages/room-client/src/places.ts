import type { RoomEvent } from "./wire";

/** The facts about a participant's eligibility that facilitators must know: checked again soon, held, or with a hand-over in a crisis. */
export interface PlaceNotice {
  key: string;
  at: string;
  kind: "ending" | "held" | "handover";
  participantId: string;
  alias: string;
  until: string | null;
}

/** Whether participants may be here from where they are, as far as this page knows. */
export interface Places {
  /** Staff only. */
  places: PlaceNotice[];
  /** Members whose crisis is open. Staff only. */
  crises: string[];
  /** When one's own place is checked again: it may end then. */
  checkedAt: string | null;
  /** Why one's own place has ended. */
  lost: { code: string; text: string }[] | null;
}

export const noPlaces: Places = { places: [], crises: [], checkedAt: null, lost: null };

interface Data {
  participantId: string;
  until?: string;
  open?: boolean;
  reasons?: unknown[];
}

/** The change that an event about a participant's eligibility makes. */
export function placeChange(
  s: Places & { me: { participantId: string } | null; names: Record<string, string> },
  event: RoomEvent,
): Partial<Places> {
  const d = (event.data ?? {}) as unknown as Data;
  const { participantId } = d;
  const mine = participantId === s.me?.participantId;
  const others = s.crises.filter((id) => id !== participantId);
  const notice = (kind: PlaceNotice["kind"]): Partial<Places> => ({
    places: [
      ...s.places,
      {
        key: `${event.stream}:${event.seq}`,
        at: event.at,
        kind,
        participantId,
        alias: s.names[participantId] ?? "",
        until: d.until ?? null,
      },
    ],
  });
  switch (event.kind) {
    case "eligibility.ending":
      return mine ? { checkedAt: d.until ?? null } : {};
    case "eligibility.ended":
      return mine ? { lost: (d.reasons ?? []) as Places["lost"] } : {};
    case "eligibility.held":
      return notice(d.until ? "ending" : "held");
    case "handover.needed":
      return notice("handover");
    case "crisis.changed":
      return { crises: d.open ? [...others, participantId] : others };
    default:
      return {};
  }
}
