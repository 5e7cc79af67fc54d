import type { RoomState } from "@grouptherapy/room-client";
import { useState } from "react";
import { useTranslation } from "../i18n";
import { DoorClosed, DoorOpen, Hand, LifeBuoy, Megaphone, Mic, MicOff, Power, Users } from "lucide-react";
import { Button, Dialog, Field } from "../ui/basics";
import { PlaceNotices } from "./Places";
import { useAct, type Room } from "./useRoom";

/** A facilitator's controls for the whole room: always in sight, one tap each. */
export function LeadBar({
  room,
  state,
  onPeople,
  onPrivate,
}: {
  room: Room;
  state: RoomState;
  onPeople: () => void;
  onPrivate: () => void;
}) {
  const { t } = useTranslation();
  const act = useAct();
  const [dialog, setDialog] = useState<"announce" | "end" | null>(null);
  const [seen, setSeen] = useState(0);
  const help = state.help.slice(seen);
  const { waiting } = state;
  const call = (method: string, argument?: unknown) => void act(() => room.client.call(method, argument));
  const members = state.participants.filter((p) => p.role === "member");
  const quiet = members.length > 0 && members.every((p) => state.muted[p.participantId]?.audio);
  const muteAll = () =>
    void act(() =>
      Promise.all(
        members
          .filter((p) => Boolean(state.muted[p.participantId]?.audio) === quiet)
          .map((p) =>
            room.client.call(quiet ? "Unmute" : "Mute", { participantId: p.participantId, audio: true, video: false, chat: false }),
          ),
      ),
    );
  const hasWords = state.phase === "lobby" || waiting.length > 0 || state.hands.length > 0;
  return (
    <section className={`lead-bar ${hasWords ? "" : "icons"}`} aria-label={t("lead.label")}>
      {help.map((h) => (
        <div key={h.key} className="note danger help" role="alert">
          <LifeBuoy aria-hidden />
          <div className="stack tight">
            <strong>{t("lead.helpAsked", { alias: h.alias })}</strong>
            {h.text && <span dir="auto">{h.text}</span>}
          </div>
          <Button
            look="plain"
            onClick={() => {
              setSeen(state.help.length);
              onPrivate();
            }}
          >
            {t("chat.reply")}
          </Button>
          <Button look="quiet" onClick={() => setSeen(state.help.length)}>
            {t("lead.seen")}
          </Button>
        </div>
      ))}
      <PlaceNotices room={room} state={state} />
      <div className="lead-row">
        {state.phase === "lobby" && (
          <Button look="primary" onClick={() => call("Open")}>
            <DoorOpen aria-hidden />
            {t("room.open")}
          </Button>
        )}
        {waiting.length > 0 && state.phase !== "lobby" && (
          <Button
            look="primary"
            onClick={() => (waiting.length === 1 ? call("Admit", { participantId: waiting[0]!.participantId }) : call("AdmitAll"))}
          >
            <DoorOpen aria-hidden />
            {waiting.length === 1 ? t("people.admitNamed", { alias: waiting[0]!.alias }) : `${t("people.admitAll")} (${waiting.length})`}
          </Button>
        )}
        {waiting.length > 0 && (
          <Button onClick={onPeople}>
            <Users aria-hidden />
            <span className="text">{t("lead.admitWaiting", { count: waiting.length })}</span>
          </Button>
        )}
        {state.hands.length > 0 && (
          <Button onClick={() => call("GiveTurn", { participantId: state.hands[0] })}>
            <Hand aria-hidden />
            {t("people.turn", { alias: state.participants.find((p) => p.participantId === state.hands[0])?.alias ?? "" })}
          </Button>
        )}
        {state.turn && (
          <Button onClick={() => call("GiveTurn", { participantId: null })}>
            <MicOff aria-hidden />
            <span className="text">{t("people.turnEnd")}</span>
          </Button>
        )}
        {state.media.on && state.phase === "live" && members.length > 1 && (
          <Button look="plain" onClick={muteAll}>
            {quiet ? <Mic aria-hidden /> : <MicOff aria-hidden />}
            <span className="text">{quiet ? t("lead.unmuteAll") : t("lead.muteAll")}</span>
          </Button>
        )}
        <Button look="plain" onClick={() => call(state.locked ? "Unlock" : "Lock")}>
          {state.locked ? <DoorOpen aria-hidden /> : <DoorClosed aria-hidden />}
          <span className="text">{state.locked ? t("lead.unlock") : t("lead.lock")}</span>
        </Button>
        <Button look="plain" onClick={() => setDialog("announce")}>
          <Megaphone aria-hidden />
          <span className="text">{t("lead.announce")}</span>
        </Button>
        <Button look="danger-soft" onClick={() => setDialog("end")}>
          <Power aria-hidden />
          <span className="text">{t("lead.end")}</span>
        </Button>
      </div>
      {dialog === "announce" && (
        <WordsDialog
          title={t("lead.announceTitle")}
          text={t("lead.announceText")}
          label={t("lead.announceWords")}
          yes={t("lead.announceSend")}
          most={1000}
          onClose={() => setDialog(null)}
          onSay={(text) => act(() => room.client.call("Announce", { text }))}
        />
      )}
      {dialog === "end" && (
        <WordsDialog
          title={t("lead.endTitle")}
          text={t("lead.endText")}
          label={t("lead.endReason")}
          start={t("lead.endDefault")}
          yes={t("lead.endYes")}
          danger
          most={200}
          onClose={() => setDialog(null)}
          onSay={(reason) => act(() => room.client.call("End", { reason }))}
        />
      )}
    </section>
  );
}

function WordsDialog(props: {
  title: string;
  text: string;
  label: string;
  yes: string;
  start?: string;
  most: number;
  danger?: boolean;
  onClose: () => void;
  onSay: (text: string) => Promise<boolean>;
}) {
  const { t } = useTranslation();
  const [text, setText] = useState(props.start ?? "");
  return (
    <Dialog open onOpenChange={(open) => !open && props.onClose()} title={props.title} text={props.text}>
      <form
        className="stack wide"
        onSubmit={async (e) => {
          e.preventDefault();
          if (text.trim() && (await props.onSay(text.trim()))) {
            props.onClose();
          }
        }}
      >
        <Field label={props.label}>
          {(ids) => (
            <textarea {...ids} className="input" rows={3} maxLength={props.most} value={text} onChange={(e) => setText(e.target.value)} />
          )}
        </Field>
        <div className="row">
          <Button type="submit" look={props.danger ? "danger" : "primary"} disabled={!text.trim()}>
            {props.yes}
          </Button>
          <Button look="plain" onClick={props.onClose}>
            {t("app.cancel")}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
