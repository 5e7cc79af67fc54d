import { isStaff, type RoomEvent, type RoomState } from "@grouptherapy/room-client";
import { useEffect, useState } from "react";
import { useTranslation, type T } from "../i18n";
import { toast } from "../ui/basics";

/**
 * Says for a screen reader what changes in the room, one sentence at a time.
 * @param chatOpen The chat's own log tells what is written.
 */
export function Announcer({ state, chatOpen = true }: { state: RoomState; chatOpen?: boolean }) {
  const { t } = useTranslation();
  const [said, setSaid] = useState("");
  const { lastChange, me } = state;
  useEffect(() => {
    const written = lastChange?.kind === "message.posted";
    const words = lastChange && me && !(written && chatOpen) ? wordsFor(t, lastChange, me.participantId, isStaff(me.role), state) : null;
    if (words) {
      setSaid(words);
    }

    // A new lead matters to everybody, and leaves no other trace on the page.
    if (lastChange?.kind === "lead.changed" && me) {
      const { participantId, alias } = (lastChange.data ?? {}) as { participantId?: string; alias?: string };
      toast(participantId === me.participantId ? t("said.leadMine") : t("said.lead", { alias }));
    }
    // eslint-disable-next-line react-hooks/exhaustive-deps -- the event is what is told
  }, [lastChange]);
  return (
    <p className="visually-hidden" role="status" aria-live="polite" aria-atomic="true">
      {said}
    </p>
  );
}

function wordsFor(t: T, event: RoomEvent, me: string, staff: boolean, state: RoomState): string | null {
  const data = (event.data ?? {}) as { participantId?: string; alias?: string; text?: string | null };
  const mine = data.participantId === me;
  const alias = data.alias ?? state.participants.find((p) => p.participantId === data.participantId)?.alias ?? event.by?.alias ?? "";
  switch (event.kind) {
    case "participant.joined":
      return mine ? t("said.admitted") : t("said.joined", { alias });
    case "participant.left":
    case "participant.removed":
      return mine ? null : t("said.left", { alias });
    case "participant.waiting":
      return staff ? t("said.waiting", { alias }) : null;
    case "participant.muted":
      return mine ? t("said.muted") : null;
    case "participant.unmuted":
      return mine ? t("said.unmuted") : null;
    case "hand.raised":
      return mine ? t("said.handMine") : t("said.hand", { alias });
    case "hand.lowered":
      return mine ? t("said.handLowered") : null;
    case "turn.given":
      return data.participantId ? (mine ? t("room.yourTurn") : t("said.turn", { alias })) : null;
    case "room.held":
      return t("said.held");
    case "room.resumed":
      return t("said.resumed");
    case "room.opened":
      return t("said.opened");
    case "room.locked":
      return staff ? t("said.locked") : null;
    case "room.unlocked":
      return staff ? t("said.unlocked") : null;
    case "room.ending":
      return t("said.ending");
    case "message.posted":
      return event.by && event.by.participantId !== me
        ? t(event.stream === "room" ? "said.message" : "said.messagePrivate", { alias, text: data.text ?? "" })
        : null;
    case "help.requested":
      return t("said.help", { alias });
    default:
      return null;
  }
}
