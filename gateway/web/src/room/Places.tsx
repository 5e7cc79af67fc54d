import type { PlaceNotice, RoomState } from "@grouptherapy/room-client";
import { lazy, Suspense, useState } from "react";
import { MapPin } from "lucide-react";
import { leadTexts, useTranslation } from "../i18n";
import { useParams } from "../ui/address";
import { timeOf } from "../i18n/times";
import { Button, Dialog, Note, useNow } from "../ui/basics";
import { useAct, type Room } from "./useRoom";

const Cover = lazy(async () => (await Promise.all([import("../staff/Cover"), leadTexts()]))[0]);
const shownForMs = 10 * 60_000;

/** For facilitators: whose place is checked again soon or is not settled, and what can be done. The latest word of each person counts. */
export function PlaceNotices({ room, state }: { room: Room; state: RoomState }) {
  const { t } = useTranslation();
  const { id = "" } = useParams();
  const act = useAct();
  const now = useNow(10_000);
  const [seen, setSeen] = useState<string[]>([]);
  const [covering, setCovering] = useState(false);
  const latest = [...new Map(state.places.map((p) => [p.participantId, p])).values()];
  const fresh = (p: PlaceNotice) => now < (p.until ? Date.parse(p.until) : Date.parse(p.at) + shownForMs);
  const shown = latest.filter((p) => !seen.includes(p.key) && fresh(p));
  const words = (p: PlaceNotice) => {
    const alias = p.alias || t("lead.somebody");
    return p.kind === "ending"
      ? t("lead.placeEnding", { alias, time: timeOf(p.until!) })
      : p.kind === "handover"
        ? t("lead.placeHandover", { alias })
        : t("lead.placeHeld", { alias });
  };
  const why = { ending: t("lead.placeEndingText"), held: t("lead.placeHeldText"), handover: t("lead.placeHandoverText") };
  return (
    <>
      {shown.map((p) => (
        <div key={p.key} className="note warm help" role="alert">
          <MapPin aria-hidden />
          <div className="stack tight">
            <strong>{words(p)}</strong>
            <span>{why[p.kind]}</span>
          </div>
          {p.kind === "ending" && !state.crises.includes(p.participantId) && (
            <Button
              look="plain"
              onClick={() => void act(() => room.client.call("Crisis", { participantId: p.participantId, open: true, note: null }))}
            >
              {t("lead.crisisOpen")}
            </Button>
          )}
          {p.kind === "handover" && (
            <Button look="plain" onClick={() => setCovering(true)}>
              {t("lead.cover")}
            </Button>
          )}
          <Button look="quiet" onClick={() => setSeen([...seen, p.key])}>
            {t("lead.seen")}
          </Button>
        </div>
      ))}
      <Dialog open={covering} onOpenChange={setCovering} title={t("lead.cover")}>
        <Suspense fallback={<div className="skeleton" />}>
          <Cover session={id} />
        </Suspense>
      </Dialog>
    </>
  );
}

/** For a member: when their own place is checked again. */
export function OwnPlace({ checkedAt }: { checkedAt: string }) {
  const { t } = useTranslation();
  const now = useNow(5_000);
  return now < Date.parse(checkedAt) + 5_000 ? (
    <Note look="warm" icon={<MapPin aria-hidden />} role="alert">
      <strong>{t("room.placeChecked", { time: timeOf(checkedAt) })}</strong>
      <span>{t("room.placeCheckedText")}</span>
      <span>
        {t("room.heldCall")} <a href="tel:988">988</a>
      </span>
    </Note>
  ) : null;
}
