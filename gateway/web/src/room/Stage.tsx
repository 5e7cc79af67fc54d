import { isStaff, picturesOf, type Actor, type MediaState, type RoomState } from "@grouptherapy/room-client";
import { useEffect, useRef, useState, type CSSProperties } from "react";
import { useTranslation } from "../i18n";
import { Hand, HeartHandshake, MessageSquareOff, Mic, MicOff, MicVocal, Signal, UserX } from "lucide-react";
import { Button } from "../ui/basics";
import { Picture } from "./DeviceCheck";
import { useRemoval } from "./Removal";
import { gridOf } from "./grid";
import type { Devices } from "./devices";
import { useAct, type Room } from "./useRoom";

export type View = "grid" | "speaker";

/** Pixels across that the smaller of the two pictures of a person has, and a little more. */
const smallPicture = 400;

export function Stage(props: { room: Room; state: RoomState; media: MediaState; devices: Devices; staff: boolean; view: View }) {
  const { t } = useTranslation();
  const { state, media, view } = props;
  const area = useRef<HTMLDivElement>(null);
  const [size, setSize] = useState({ width: 800, height: 600 });
  useEffect(() => {
    const watch = new ResizeObserver(([entry]) => setSize({ width: entry!.contentRect.width, height: entry!.contentRect.height }));
    watch.observe(area.current!);
    return () => watch.disconnect();
  }, []);

  const me = state.me!;
  const others = state.participants.filter((p) => p.participantId !== me.participantId);
  const order = [...others.filter((p) => isStaff(p.role)), ...others.filter((p) => !isStaff(p.role))];
  const all = [...order, state.participants.find((p) => p.participantId === me.participantId) ?? me];
  const large = useLarge(state, media, order);
  const speaker = view === "speaker" && large && all.length > 1;
  // A phone scrolls rather than showing faces of a stamp's size; a facilitator's have room for the buttons, a hand and a name.
  const least = size.width > size.height ? (props.staff ? 152 : 112) : props.staff ? 170 : 128;
  const { tile, ratio } = gridOf(all.length, size.width, size.height, Math.min(least, Math.floor(size.width / 2 - 6)));
  const style = { "--tile": `${tile}px`, "--ratio": ratio } as CSSProperties;
  // A small tile asks for a small picture: it spares the line and the battery.
  const small = tile * Math.min(devicePixelRatio, 2) <= smallPicture;
  const largeOf = speaker ? large.participantId : small ? "" : null;
  useEffect(() => {
    props.room.media.setLarge(largeOf === null ? null : largeOf ? [largeOf] : []);
  }, [props.room, largeOf]);
  return (
    <div ref={area} className={`stage ${speaker ? "speaker" : "grid"} ${ratio < 1.1 && !speaker ? "high" : ""}`} style={style}>
      {others.length === 0 && state.phase === "live" && (
        <p className="stage-note">
          <strong>{t("room.alone")}</strong> {t("room.aloneText")}
        </p>
      )}
      {speaker && (
        <ul className="plain large" aria-label={t("controls.speakerView")}>
          <Tile key={large.participantId} person={large} {...props} big />
        </ul>
      )}
      <ul className="plain tiles" aria-label={t("people.inRoom")}>
        {all
          .filter((p) => !speaker || p.participantId !== large.participantId)
          .map((p) => (
            <Tile key={p.participantId} person={p} {...props} />
          ))}
      </ul>
    </div>
  );
}

/** The large participant: the one with the speaking turn, else the present or the last speaker, else the facilitator. */
function useLarge(state: RoomState, media: MediaState, others: Actor[]): Actor | undefined {
  const last = useRef<string | null>(null);
  const speaking = media.speaking.findLast((id) => others.some((o) => o.participantId === id));
  const wanted = (state.turn !== state.me?.participantId ? state.turn : null) ?? speaking ?? last.current;
  last.current = wanted;
  return others.find((o) => o.participantId === wanted) ?? others[0];
}

function Tile(props: { person: Actor; room: Room; state: RoomState; media: MediaState; devices: Devices; staff: boolean; big?: boolean }) {
  const { t } = useTranslation();
  const act = useAct();
  const removal = useRemoval();
  const { person, state, media, devices, room } = props;
  const me = person.participantId === state.me?.participantId;
  const remote = media.remotes[person.participantId];
  const muted = state.muted[person.participantId];
  const sends = media.sending[person.participantId];
  const track = me ? devices.video : (remote?.video ?? null);
  const moving = useMoving(me ? null : track);
  // One's own picture is covered too while nobody can get it: taken by a phone call, or the room is paused.
  const goes =
    !muted?.video &&
    !sends?.videoBlocked &&
    track?.readyState === "live" &&
    !track.muted &&
    (state.phase !== "held" || isStaff(person.role));
  const picture = track && (me ? goes : moving.on && sends?.video !== false);
  const speaking = media.speaking.includes(person.participantId) && !muted?.audio && !sends?.audioBlocked;
  const hand = state.hands.indexOf(person.participantId);
  const turn = state.turn === person.participantId;
  const silenced = muted?.audio || sends?.audioBlocked;
  const silent = state.media.on && (silenced || (me ? !devices.mic : media.status === "on" && !sends?.audio));
  const dark = !picture && (me ? !devices.camera : media.status === "on" && !sends?.video);
  const waited = me
    ? devices.blur.starting
    : !picture && !dark && picturesOf(media) !== "paused" && !media.audioOnly && media.status === "on" && !sends?.videoBlocked;
  const weak = media.quality[person.participantId] === "poor";
  const steers = props.staff && !me && !isStaff(person.role);
  return (
    <li
      className={`tile ${speaking ? "speaking" : ""} ${turn ? "has-turn" : ""} ${props.big ? "big" : ""}`}
      data-participant={person.participantId}
    >
      {track && <RemotePicture track={track} mine={me} hidden={!picture} onFrame={moving.frame} />}
      {!picture && <Initial name={person.alias} id={person.participantId} waits={waited} />}
      <div className="tile-top">
        {hand >= 0 && (
          <span className="tile-badge hand">
            <Hand aria-hidden size={16} />
            <span className="visually-hidden">{t("room.handUp")}</span>
            {props.staff && state.hands.length > 1 && hand + 1}
          </span>
        )}
        {turn && (
          <span className="tile-badge">
            <MicVocal aria-hidden size={16} />
            {me ? t("room.yourTurn") : t("room.turnOf")}
          </span>
        )}
        {weak && (
          <span className="tile-badge" title={t("room.weakShort")}>
            <Signal className="weak-signal" aria-hidden size={16} />
            <span className="visually-hidden">{t("room.weakShort")}</span>
          </span>
        )}
      </div>
      <div className="tile-foot">
        <span className="tile-name">
          {silent && (
            <>
              <MicOff aria-hidden size={15} />
              <span className="visually-hidden">
                {muted?.audio ? t("room.mutedByStaff") : silenced ? t("room.notHeard") : t("room.micMuted")}
              </span>
            </>
          )}
          {isStaff(person.role) && <HeartHandshake aria-hidden size={15} />}
          <span className="tile-alias">{person.alias}</span>
          {me && <span className="soft-on-stage">({t("room.you")})</span>}
          {isStaff(person.role) && <span className="soft-on-stage tile-role">{t("room.leads")}</span>}
          {speaking && <span className="visually-hidden">{t("room.speaking")}</span>}
          {dark && <span className="visually-hidden">{t("room.cameraOff")}</span>}
          {muted?.chat && props.staff && <MessageSquareOff aria-hidden size={15} />}
        </span>
        {steers && (
          <span className="tile-acts">
            {state.media.on && (
              <Button
                size="icon"
                className="round small-round"
                aria-label={muted?.audio ? t("people.unmute", { alias: person.alias }) : t("people.mute", { alias: person.alias })}
                onClick={() =>
                  void act(() =>
                    room.client.call(muted?.audio ? "Unmute" : "Mute", {
                      participantId: person.participantId,
                      audio: true,
                      video: false,
                      chat: false,
                    }),
                  )
                }
              >
                {muted?.audio ? <Mic aria-hidden /> : <MicOff aria-hidden />}
              </Button>
            )}
            <Button
              size="icon"
              className="round small-round"
              aria-label={t("people.remove", { alias: person.alias })}
              onClick={() => removal.ask(room, person)}
            >
              <UserX aria-hidden />
            </Button>
          </span>
        )}
      </div>
      {removal.dialog}
    </li>
  );
}

function RemotePicture({ track, mine, hidden, onFrame }: { track: MediaStreamTrack; mine: boolean; hidden: boolean; onFrame: () => void }) {
  const box = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const video = box.current?.querySelector("video");
    if (!video || mine || !("requestVideoFrameCallback" in video)) {
      return;
    }

    let handle = 0;
    const next = () => {
      onFrame();
      handle = video.requestVideoFrameCallback(next);
    };
    handle = video.requestVideoFrameCallback(next);
    return () => video.cancelVideoFrameCallback(handle);
  }, [track, mine, onFrame]);
  return (
    <div ref={box} className={`tile-picture ${hidden ? "covered" : ""}`}>
      <Picture track={track} mirrored={mine} />
    </div>
  );
}

const stillAfterMs = 2500;

/** Whether frames arrive: a picture that stands still is covered by the person's letter, so that no one talks to a frozen face. */
function useMoving(track: MediaStreamTrack | null): { on: boolean; frame: () => void } {
  const [on, setOn] = useState(false);
  const last = useRef(0);
  const frame = useRef(() => {
    last.current = performance.now();
    setOn(true);
  });
  useEffect(() => {
    setOn(false);
    if (!track) {
      return;
    }

    const timer = setInterval(() => performance.now() - last.current > stillAfterMs && setOn(false), 500);
    return () => clearInterval(timer);
  }, [track]);
  return { on, frame: frame.current };
}

const hues = ["clay", "pine", "plum", "honey", "sea", "rose"];

/** @param waits a picture is on its way. */
export function Initial({ name, id, waits = false }: { name: string; id: string; waits?: boolean }) {
  const hue = hues[[...id].reduce((mixed, c) => (mixed * 31 + c.charCodeAt(0)) >>> 0, 7) % hues.length];
  const letter = [...new Intl.Segmenter().segment(name.trim() || "?")][0]?.segment ?? "?";
  return (
    <span className={`initial ${hue} ${waits ? "waits" : ""}`} aria-hidden>
      {letter.toLocaleUpperCase()}
    </span>
  );
}
