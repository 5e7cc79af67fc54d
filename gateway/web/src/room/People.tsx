import { isStaff, type Actor, type RoomState, type WaitingPerson } from "@grouptherapy/room-client";
import { lazy, Suspense } from "react";
import { leadTexts, useTranslation } from "../i18n";
import { useParams } from "../ui/address";
import { DoorOpen, Hand, LogOut, MessageSquare, MessageSquareOff, Mic, MicOff, MicVocal, UserX, Video, VideoOff } from "lucide-react";
import { clock } from "../i18n/times";
import { Button, toast, useNow } from "../ui/basics";
import { Initial } from "./Stage";
import { useRemoval } from "./Removal";
import { useAct, type Room } from "./useRoom";

const EmergencySheet = lazy(async () => (await Promise.all([import("./EmergencySheet"), leadTexts()]))[0]);

export function People({ room, state, staff }: { room: Room; state: RoomState; staff: boolean }) {
  const { t } = useTranslation();
  const act = useAct();
  const removal = useRemoval();
  const hands = state.hands.map((h) => state.participants.find((p) => p.participantId === h)).filter((p) => p !== undefined);
  return (
    <div className="people">
      {staff && (
        <section className="stack wide tight" aria-labelledby="people-waiting">
          <div className="row spread">
            <h3 id="people-waiting">{t("people.waiting")}</h3>
            {state.waiting.length > 1 && state.phase !== "lobby" && (
              <Button look="primary" onClick={() => void act(() => room.client.call("AdmitAll"))}>
                {t("people.admitAll")}
              </Button>
            )}
          </div>
          {state.waiting.length === 0 ? (
            <p className="soft">{t("people.waitingNone")}</p>
          ) : (
            <ul className="plain person-list">
              {state.waiting.map((w) => (
                <WaitingRow
                  key={w.participantId}
                  person={w}
                  room={room}
                  closed={state.phase === "lobby"}
                  onRemove={() => removal.ask(room, w)}
                />
              ))}
            </ul>
          )}
        </section>
      )}
      {hands.length > 0 && (
        <section className="stack wide tight" aria-labelledby="people-hands">
          <h3 id="people-hands">{t("people.hands")}</h3>
          <ol className="plain person-list">
            {hands.map((p, i) => (
              <li key={p.participantId} className="person">
                <span className="badge warm">
                  <Hand aria-hidden size={15} />
                  {i + 1}
                </span>
                <span className="person-name">{p.alias}</span>
                {staff && (
                  <span className="person-acts">
                    <Button
                      look="plain"
                      size="icon"
                      aria-label={t("people.turn", { alias: p.alias })}
                      title={t("people.turn", { alias: p.alias })}
                      onClick={() => void act(() => room.client.call("GiveTurn", { participantId: p.participantId }))}
                    >
                      <MicVocal aria-hidden />
                    </Button>
                    <Button
                      look="plain"
                      size="icon"
                      aria-label={t("people.lower", { alias: p.alias })}
                      title={t("people.lower", { alias: p.alias })}
                      onClick={() => void act(() => room.client.call("LowerHand", { participantId: p.participantId }))}
                    >
                      <Hand aria-hidden />
                    </Button>
                  </span>
                )}
              </li>
            ))}
          </ol>
        </section>
      )}
      <section className="stack wide tight" aria-labelledby="people-in">
        <h3 id="people-in">
          {t("people.inRoom")} <span className="soft">{state.participants.length}</span>
        </h3>
        <ul className="plain person-list">
          {state.participants.map((p) => (
            <PersonRow key={p.participantId} person={p} room={room} state={state} staff={staff} onRemove={() => removal.ask(room, p)} />
          ))}
        </ul>
      </section>
      {staff && state.removed.length > 0 && (
        <section className="stack wide tight" aria-labelledby="people-removed">
          <h3 id="people-removed">{t("people.removed")}</h3>
          <ul className="plain person-list">
            {state.removed.map((p) => (
              <li key={p.participantId} className="person">
                <Initial name={p.alias} id={p.participantId} />
                <span className="person-name">{p.alias}</span>
                <span className="person-acts">
                  <Button
                    look="plain"
                    onClick={async () => {
                      if (await act(() => room.client.call("Readmit", { participantId: p.participantId }))) {
                        toast(t("people.readmitted", { alias: p.alias }));
                      }
                    }}
                  >
                    {t("people.readmit")}
                  </Button>
                </span>
              </li>
            ))}
          </ul>
        </section>
      )}
      {removal.dialog}
    </div>
  );
}

function WaitingRow({ person, room, closed, onRemove }: { person: WaitingPerson; room: Room; closed: boolean; onRemove: () => void }) {
  const { t } = useTranslation();
  const act = useAct();
  const now = useNow();
  return (
    <li className="person">
      <Initial name={person.alias} id={person.participantId} />
      <span className="person-name">
        {person.alias}
        <span className="small soft">{t("people.since", { time: clock((now - new Date(person.since).getTime()) / 1000) })}</span>
      </span>
      <span className="person-acts">
        <Button
          look="primary"
          disabled={closed}
          aria-label={t("people.admitNamed", { alias: person.alias })}
          onClick={() => void act(() => room.client.call("Admit", { participantId: person.participantId }))}
        >
          <DoorOpen aria-hidden />
          {t("people.admit")}
        </Button>
        <Button
          look="plain"
          size="icon"
          aria-label={t("people.remove", { alias: person.alias })}
          title={t("people.remove", { alias: person.alias })}
          onClick={onRemove}
        >
          <UserX aria-hidden />
        </Button>
      </span>
    </li>
  );
}

function PersonRow({
  person,
  room,
  state,
  staff,
  onRemove,
}: {
  person: Actor;
  room: Room;
  state: RoomState;
  staff: boolean;
  onRemove: () => void;
}) {
  const { t } = useTranslation();
  const act = useAct();
  const { participantId, alias } = person;
  const { id: session = "" } = useParams();
  const muted = state.muted[participantId];
  const me = participantId === state.me?.participantId;
  const steers = staff && !me && !isStaff(person.role);
  const part = (which: "audio" | "video" | "chat") =>
    void act(() =>
      room.client.call(muted?.[which] ? "Unmute" : "Mute", {
        participantId,
        audio: which === "audio",
        video: which === "video",
        chat: which === "chat",
      }),
    );
  const icon = (label: string, image: React.ReactNode, onClick: () => void, pressed?: boolean) => (
    <Button look={pressed ? "danger-soft" : "plain"} size="icon" aria-label={label} title={label} onClick={onClick}>
      {image}
    </Button>
  );
  return (
    <li className={`person ${steers ? "steered" : ""}`}>
      <Initial name={alias} id={participantId} />
      <span className="person-name">
        <span>
          {alias} {me && <span className="soft">({t("room.you")})</span>}
        </span>
        {person.role !== "member" && <span className="small soft">{t(`room.${person.role}`)}</span>}
        {state.crises.includes(participantId) && <span className="badge danger">{t("people.crisis")}</span>}
      </span>
      {steers && (
        <span className="person-acts">
          {state.media.on &&
            icon(
              muted?.audio ? t("people.unmute", { alias }) : t("people.mute", { alias }),
              muted?.audio ? <Mic aria-hidden /> : <MicOff aria-hidden />,
              () => part("audio"),
              muted?.audio,
            )}
          {state.media.on &&
            icon(
              muted?.video ? t("people.videoUnmute", { alias }) : t("people.videoMute", { alias }),
              muted?.video ? <Video aria-hidden /> : <VideoOff aria-hidden />,
              () => part("video"),
              muted?.video,
            )}
          {icon(
            muted?.chat ? t("people.chatUnmute", { alias }) : t("people.chatMute", { alias }),
            muted?.chat ? <MessageSquare aria-hidden /> : <MessageSquareOff aria-hidden />,
            () => part("chat"),
            muted?.chat,
          )}
          {state.turn === participantId
            ? icon(
                t("people.turnEnd"),
                <MicVocal aria-hidden />,
                () => void act(() => room.client.call("GiveTurn", { participantId: null })),
                true,
              )
            : icon(
                t("people.turn", { alias }),
                <MicVocal aria-hidden />,
                () => void act(() => room.client.call("GiveTurn", { participantId })),
              )}
          {icon(
            t("people.sendOut", { alias }),
            <LogOut aria-hidden />,
            () => void act(() => room.client.call("SendToWaiting", { participantId })),
          )}
          {icon(t("people.remove", { alias }), <UserX aria-hidden />, onRemove)}
          <Suspense fallback={null}>
            <EmergencySheet
              session={session}
              participantId={participantId}
              alias={alias}
              crisis={state.crises.includes(participantId)}
              onCrisis={(open) => act(() => room.client.call("Crisis", { participantId, open, note: null }))}
            />
          </Suspense>
        </span>
      )}
    </li>
  );
}
