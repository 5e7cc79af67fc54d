import type { RoomState } from "@grouptherapy/room-client";
import { useTranslation, type T } from "../i18n";
import { reasonText } from "../i18n/reasons";
import { Link } from "../ui/address";
import { Button } from "../ui/basics";

/** The page after the end, with the way back where there is one. */
export function Ended({ state, onAgain }: { state: RoomState; onAgain: () => void }) {
  const { t } = useTranslation();
  const reason = state.ended?.reason ?? "session-ended";
  const over = reason === "session-ended" || state.phase === "ended";
  const words = endedWords(t, reason, over);
  const goodbye =
    over && state.lastChange?.kind === "room.ended" ? (state.lastChange.data as { text?: string; reason?: string } | null) : null;
  return (
    <div className="card stack" role="status">
      <h1>{words.title}</h1>
      {goodbye?.reason && <p className="goodbye">{goodbye.reason}</p>}
      {words.text && <p>{words.text}</p>}
      {reason === "eligibility-lost" && state.lost && state.lost.length > 0 && (
        <ul className="reasons">
          {state.lost.map((r) => (
            <li key={r.code}>{reasonText(r)}</li>
          ))}
        </ul>
      )}
      {reason === "eligibility-lost" && (
        <p>
          {t("room.heldCall")} <a href="tel:988">988</a>
        </p>
      )}
      <div className="row">
        {(reason === "left" || reason === "replaced" || reason === "room-locked") && !over && (
          <Button look="primary" onClick={onAgain}>
            {t("room.comeBack")}
          </Button>
        )}
        {reason === "signed-out" ? (
          <a className="button primary" href="/sign-in">
            {t("signIn.submit")}
          </a>
        ) : (
          <Link className="button plain" to="/">
            {t("room.home")}
          </Link>
        )}
      </div>
    </div>
  );
}

function endedWords(t: T, reason: string, over: boolean): { title: string; text?: string } {
  if (over) {
    return { title: t("room.over"), text: t("room.overText") };
  }

  switch (reason) {
    case "left":
      return { title: t("room.left"), text: t("room.leftText") };
    case "removed":
      return { title: t("room.ended_removed"), text: t("refused.removedText") };
    case "signed-out":
      return { title: t("room.ended_signed-out"), text: t("signIn.ended") };
    case "eligibility-lost":
      return { title: t("room.ended_eligibility-lost"), text: t("room.ended_eligibility-lostText") };
    case "handed-over":
      return { title: t("room.ended_handed-over"), text: t("room.ended_handed-overText") };
    case "session-moved":
      return { title: t("room.ended_session-moved"), text: t("room.ended_session-movedText") };
    case "replaced":
      return { title: t("room.ended_replaced"), text: t("room.ended_replacedText") };
    case "room-locked":
      return { title: t("refused.room-locked"), text: t("refused.room-lockedText") };
    default:
      return { title: t("refused.other") };
  }
}
