import { picturesOf, type MediaState, type RoomState } from "@grouptherapy/room-client";
import { useEffect, useMemo, useState } from "react";
import { useTranslation } from "../i18n";
import { AudioLines, CameraOff, HeartHandshake, Lock, MicVocal, PhoneIncoming, Signal, TriangleAlert, WifiOff, X } from "lucide-react";
import { relative, timeOf } from "../i18n/times";
import { Button, Note, useNow } from "../ui/basics";
import { CrisisButton } from "../ui/Layout";
import { Announcer } from "./Announcer";
import { BlurTroubleNote } from "./BlurSwitch";
import { Chat, laneOf, type Lane } from "./Chat";
import { Controls } from "./Controls";
import { LeadBar } from "./LeadBar";
import { People } from "./People";
import { OwnPlace } from "./Places";
import { RemoteSound } from "./RemoteSound";
import { Stage, type View } from "./Stage";
import type { Devices } from "./devices";
import { useAct, useMediaState, type Room } from "./useRoom";

export type Panel = "chat" | "people" | null;

const wide = () => matchMedia("(min-width: 60rem)").matches;

/** The room itself: the people in it, what is written, and one's own controls. */
export function RoomView({
  name,
  room,
  state,
  devices,
  staff,
}: {
  name: string;
  room: Room;
  state: RoomState;
  devices: Devices;
  staff: boolean;
}) {
  const { t } = useTranslation();
  const media = useMediaState(room);
  const act = useAct();
  const [panel, setPanel] = useState<Panel>(() => (wide() ? "chat" : null));
  const [lane, setLane] = useState<Lane>("room");
  const [view, setView] = useState<View>("grid");
  const unread = useUnread(state, panel, lane);
  const total = unread.room + unread.private + unread.staff;

  useEffect(() => {
    document.title = `${t("room.title")} · ${t("app.name")}`;
  }, [t]);

  return (
    <div className={`room ${panel ? "with-panel" : ""}`}>
      <Announcer state={state} chatOpen={panel === "chat"} />
      <RoomHeader name={name} room={room} state={state} />
      {staff && (
        <LeadBar room={room} state={state} onPeople={() => setPanel("people")} onPrivate={() => (setPanel("chat"), setLane("private"))} />
      )}
      <main className="room-main" aria-label={name}>
        <Banners
          state={state}
          staff={staff}
          media={media}
          devices={devices}
          onTakeOver={() => room.media.takeOver()}
          onAudioOnly={(on) => room.media.setAudioOnly(on)}
          onExtend={() => void act(() => room.client.call("Extend", { minutes: 10 }))}
        />
        <Stage room={room} state={state} media={media} devices={devices} staff={staff} view={view} />
      </main>
      <aside className="panel" hidden={panel === null} aria-label={panel === "people" ? t("people.title") : t("chat.title")}>
        <div className="panel-head row spread">
          <h2>{panel === "people" ? t("people.title") : t("chat.title")}</h2>
          <Button look="quiet" size="icon" aria-label={t("app.close")} onClick={() => setPanel(null)}>
            <X aria-hidden />
          </Button>
        </div>
        <div className="panel-body" hidden={panel !== "chat"}>
          <Chat room={room} state={state} lane={lane} onLane={setLane} unread={unread} />
        </div>
        <div className="panel-body" hidden={panel !== "people"}>
          <People room={room} state={state} staff={staff} />
        </div>
      </aside>
      <Controls
        room={room}
        state={state}
        media={media}
        devices={devices}
        panel={panel}
        onPanel={setPanel}
        unread={total}
        view={view}
        onView={setView}
      />
      <RemoteSound media={media} />
    </div>
  );
}

function RoomHeader({ name, room, state }: { name: string; room: Room; state: RoomState }) {
  const { t } = useTranslation();
  const now = useNow(10_000);
  return (
    <header className="room-header">
      <div className="room-name">
        <h1>{name}</h1>
        {state.endsAt && <span className="small soft">{t("room.endsIn", { when: relative(state.endsAt, now) })}</span>}
        {state.locked && (
          <span className="badge">
            <Lock aria-hidden size={14} />
            {t("room.locked")}
          </span>
        )}
        {state.media.on && state.media.camera === "off" && (
          <span className="badge">
            <CameraOff aria-hidden size={14} />
            {t("room.camerasOff")}
          </span>
        )}
      </div>
      <div className="header-crisis wide-only">
        <CrisisButton onAsk={(words) => room.client.call("RequestHelp", { text: words.trim() || null })} />
      </div>
      <div className="header-crisis narrow-only">
        <CrisisButton compact onAsk={(words) => room.client.call("RequestHelp", { text: words.trim() || null })} />
      </div>
    </header>
  );
}

function Banners({
  state,
  staff,
  media,
  devices,
  onTakeOver,
  onAudioOnly,
  onExtend,
}: {
  state: RoomState;
  staff: boolean;
  media: MediaState;
  devices: Devices;
  onTakeOver: () => void;
  onAudioOnly: (on: boolean) => void;
  onExtend: () => void;
}) {
  const { t } = useTranslation();
  const mine = state.me ? state.muted[state.me.participantId] : undefined;
  // A device that failed before the room was reported there; here it is reported when it is tried again.
  const [known, setKnown] = useState(devices.problem);
  const problem = devices.problem !== known ? devices.problem : null;
  // Staff are heard at any time; a member who has not the floor must know that they are not.
  const floor =
    !staff && state.phase === "live" && state.media.on && state.turn !== state.me?.participantId
      ? state.participants.find((p) => p.participantId === state.turn)
      : undefined;
  const noneComes = picturesOf(media) === "paused" && !media.audioOnly;
  const noneGoes = media.line.sends === "paused" && devices.camera;
  const thin = noneComes ? t(noneGoes ? "room.picturesPausedBoth" : "room.picturesPaused") : noneGoes ? t("room.ownPicturePaused") : null;
  return (
    <div className="banners">
      {state.status === "reconnecting" && <Reconnecting />}
      {state.phase === "held" && (
        <Note look="warm" icon={<HeartHandshake aria-hidden />} role="alert">
          <strong>{t("room.held")}</strong>
          <span>{staff ? t("room.heldStaff") : t("room.heldText")}</span>
          {state.held?.until && <span>{t("room.heldUntil", { time: timeOf(state.held.until) })}</span>}
          <span>
            {t("room.heldCall")}{" "}
            {(state.held?.lines.length ? state.held.lines : [{ name: "988 Suicide & Crisis Lifeline", phone: "988" }]).map((line) => (
              <a key={line.phone} href={`tel:${line.phone.replace(/[^+\d]/g, "")}`}>
                {line.name} ({line.phone})
              </a>
            ))}
          </span>
        </Note>
      )}
      {state.checkedAt && <OwnPlace checkedAt={state.checkedAt} />}
      {state.endingAt && state.phase === "live" && (
        <Note role="status">
          <span>{t("room.endsSoon", { time: timeOf(state.endingAt) })}</span>
          {staff && (
            <Button look="plain" onClick={onExtend}>
              {t("lead.extend")}
            </Button>
          )}
        </Note>
      )}
      {(mine?.audio || mine?.video) && (
        <Note look="warm" role="status">
          {[mine.audio && t("room.audioMuted"), mine.video && t("room.videoMuted")].filter(Boolean).join(" ")}
        </Note>
      )}
      {devices.interrupted && (
        <Note look="warm" icon={<PhoneIncoming aria-hidden />} role="status">
          <span>{t("room.interrupted")}</span>
          <Button look="plain" onClick={() => void devices.resume()}>
            {t("room.resume")}
          </Button>
        </Note>
      )}
      <BlurTroubleNote devices={devices} />
      {problem && (
        <Note look="warm" icon={<CameraOff aria-hidden />} role="status">
          <span>{t(`devices.${problem.why}_${problem.of}`)}</span>
          <div className="row">
            <Button look="plain" disabled={devices.asking} onClick={() => void devices.ask()}>
              {t("app.tryAgain")}
            </Button>
            <Button look="quiet" onClick={() => setKnown(problem)}>
              {t("devices.without")}
            </Button>
          </div>
        </Note>
      )}
      {floor && (
        <Note icon={<MicVocal aria-hidden />} role="status">
          {t("room.floorOf", { alias: floor.alias })}
        </Note>
      )}
      {media.audioOnly && media.status === "on" && (
        <Note icon={<AudioLines aria-hidden />} role="status">
          <span>{t("room.audioOnly")}</span>
          <Button look="plain" onClick={() => onAudioOnly(false)}>
            {t("controls.audioOnlyOff")}
          </Button>
        </Note>
      )}
      {thin && (
        <Note look="warm" icon={<Signal className="weak-signal" aria-hidden />} role="status">
          {thin}
        </Note>
      )}
      {state.me && !thin && media.quality[state.me.participantId] === "poor" && !media.audioOnly && (
        <Note look="warm" role="status">
          <span>{t("room.weak")}</span>
          <Button look="plain" onClick={() => onAudioOnly(true)}>
            {t("controls.audioOnly")}
          </Button>
        </Note>
      )}
      {media.status === "elsewhere" && (
        <Note role="status">
          <span>{t("room.elsewhere")}</span>
          <Button look="plain" onClick={onTakeOver}>
            {t("room.takeOver")}
          </Button>
        </Note>
      )}
      {media.status === "unavailable" && (
        <Note icon={<TriangleAlert aria-hidden />} role="status">
          {t("room.noMedia")}
        </Note>
      )}
      {media.status === "reconnecting" && state.status === "in" && <Note role="status">{t("room.mediaBack")}</Note>}
    </div>
  );
}

function Reconnecting() {
  const { t } = useTranslation();
  const [since] = useState(() => Date.now());
  const now = useNow();
  return (
    <Note look="warm" icon={<WifiOff aria-hidden />} role="alert">
      {now - since > 8000 ? t("room.reconnectingLong") : t("room.reconnecting")}
    </Note>
  );
}

/** Messages of others that have not been looked at, by lane. */
function useUnread(state: RoomState, panel: Panel, lane: Lane): Record<Lane, number> {
  const [seen, setSeen] = useState<Record<Lane, number>>({ room: 0, private: 0, staff: 0 });
  const counts = useMemo(() => {
    const result: Record<Lane, number> = { room: 0, private: 0, staff: 0 };
    for (const message of state.messages) {
      if (message.by?.participantId !== state.me?.participantId) {
        result[laneOf(message.stream)]++;
      }
    }

    return result;
  }, [state.messages, state.me?.participantId]);
  const current = counts[lane];
  useEffect(() => {
    if (panel === "chat") {
      setSeen((s) => (s[lane] === current ? s : { ...s, [lane]: current }));
    }
  }, [panel, lane, current]);
  return { room: counts.room - seen.room, private: counts.private - seen.private, staff: counts.staff - seen.staff };
}
