import { isStaff, type RoomState } from "@grouptherapy/room-client";
import { lazy, Suspense, useState } from "react";
import { HeartHandshake } from "lucide-react";
import { leadTexts, useTranslation } from "../i18n";
import { useParams } from "../ui/address";
import { Button, Dialog, Note } from "../ui/basics";

const Cover = lazy(async () => (await Promise.all([import("../staff/Cover"), leadTexts()]))[0]);

/** Before one leaves: a facilitator learns who leads on, or that the group is paused and who could take over. */
export function LeaveDialog(props: { state: RoomState; onLeave: () => void; onClose: () => void }) {
  const { t } = useTranslation();
  const { id = "" } = useParams();
  const [covering, setCovering] = useState(false);
  const { me, participants, phase } = props.state;
  const leads = isStaff(me?.role);
  const others = participants.filter((p) => isStaff(p.role) && p.participantId !== me?.participantId);
  const alone = leads && others.length === 0 && phase !== "lobby";
  const text = !leads
    ? t("room.leaveText")
    : others.length > 0
      ? t("lead.leaveOthers", { alias: others.map((p) => p.alias).join(", ") })
      : phase === "lobby"
        ? t("lead.leaveLobby")
        : undefined;
  return (
    <Dialog open onOpenChange={(open) => !open && props.onClose()} title={t("room.leaveTitle")} text={text}>
      {alone && (
        <Note look="warm" icon={<HeartHandshake aria-hidden />}>
          <strong>{t("lead.leaveAlone")}</strong>
          <span>{t("lead.leaveAloneText")}</span>
        </Note>
      )}
      <div className="row">
        <Button look={alone ? "danger-soft" : "danger"} onClick={props.onLeave}>
          {alone ? t("lead.leaveAnyway") : t("room.leaveYes")}
        </Button>
        <Button look="plain" onClick={props.onClose}>
          {t("room.stay")}
        </Button>
        {leads && !covering && (
          <Button look={alone ? "primary" : "quiet"} onClick={() => setCovering(true)}>
            {t("lead.cover")}
          </Button>
        )}
      </div>
      {covering && (
        <Suspense fallback={<div className="skeleton" />}>
          <Cover session={id} />
        </Suspense>
      )}
    </Dialog>
  );
}
