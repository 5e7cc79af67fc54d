import { isStaff, type Message, type RoomState } from "@grouptherapy/room-client";
import { useEffect, useRef, useState, type FormEvent } from "react";
import { useTranslation } from "../i18n";
import { Heart, Lock, SendHorizontal, Users } from "lucide-react";
import { timeOf } from "../i18n/times";
import { Button } from "../ui/basics";
import { useAct, type Room } from "./useRoom";

const heart = "\u2764\uFE0F";

export type Lane = "room" | "private" | "staff";

export const laneOf = (stream: string): Lane => (stream === "room" ? "room" : stream === "staff" ? "staff" : "private");

/** The chat with its lanes. What is private has its own colour, its own words and its own box to write in. */
export function Chat({
  room,
  state,
  lane,
  onLane,
  unread,
}: {
  room: Room;
  state: RoomState;
  lane: Lane;
  onLane: (lane: Lane) => void;
  unread: Record<Lane, number>;
}) {
  const { t } = useTranslation();
  const staff = isStaff(state.me?.role);
  const lanes: [Lane, string][] = [
    ["room", t("chat.group")],
    ["private", staff ? t("chat.privateStaff") : t("chat.private")],
    ...(staff ? [["staff", t("chat.staff")] as [Lane, string]] : []),
  ];
  return (
    <div className="chat">
      <div className="lanes" role="group" aria-label={t("chat.title")}>
        {lanes.map(([one, name]) => (
          <button key={one} type="button" className={`lane lane-${one}`} aria-pressed={lane === one} onClick={() => onLane(one)}>
            {one === "room" ? <Users aria-hidden size={18} /> : <Lock aria-hidden size={18} />}
            {name}
            {unread[one] > 0 && lane !== one && (
              <span className="count">
                <span aria-hidden>{unread[one]}</span>
                <span className="visually-hidden">{t("controls.unread", { count: unread[one] })}</span>
              </span>
            )}
          </button>
        ))}
      </div>
      {lanes.map(([one]) => (
        <div key={one} className="lane-body" hidden={lane !== one}>
          <ChatLane room={room} state={state} lane={one} />
        </div>
      ))}
    </div>
  );
}

export function ChatLane({ room, state, lane }: { room: Room; state: RoomState; lane: Lane }) {
  const { t } = useTranslation();
  const staff = isStaff(state.me?.role);
  const messages = state.messages.filter((m) => laneOf(m.stream) === lane);
  const list = useRef<HTMLDivElement>(null);
  const [to, setTo] = useState("");
  const [below, setBelow] = useState(false);
  const count = messages.length;

  useEffect(() => {
    const element = list.current;
    if (!element) {
      return;
    }

    const last = messages.at(-1);
    const nearEnd = element.scrollHeight - element.scrollTop - element.clientHeight < 160;
    if (nearEnd || last?.by?.participantId === state.me?.participantId) {
      element.scrollTop = element.scrollHeight;
      setBelow(false);
    } else {
      setBelow(true);
    }
    // eslint-disable-next-line react-hooks/exhaustive-deps -- a new message is what scrolls
  }, [count]);

  const hint =
    lane === "room"
      ? t("chat.groupHint")
      : lane === "staff"
        ? t("chat.staffHint")
        : staff
          ? t("chat.privateStaffHint")
          : t("chat.privateHint");
  const name = lane === "room" ? t("chat.group") : lane === "staff" ? t("chat.staff") : staff ? t("chat.privateStaff") : t("chat.private");
  return (
    <div className={`lane-content lane-${lane}`}>
      <p className="lane-hint small">
        {lane !== "room" && <Lock aria-hidden size={16} />}
        {hint}
      </p>
      {/* A log tells a screen reader what is added. The list can be reached by keyboard, because it scrolls. */}
      <div
        ref={list}
        className="messages"
        role="log"
        aria-live="polite"
        aria-label={name}
        tabIndex={0}
        onScroll={(e) => e.currentTarget.scrollHeight - e.currentTarget.scrollTop - e.currentTarget.clientHeight < 40 && setBelow(false)}
      >
        {count === 0 && <p className="soft small">{lane === "private" && !staff ? t("chat.emptyPrivate") : t("chat.empty")}</p>}
        {messages.map((m) => (
          <Line key={m.key} message={m} state={state} room={room} onReply={lane === "private" && staff ? setTo : undefined} />
        ))}
      </div>
      {below && (
        <Button
          className="below"
          onClick={() => {
            list.current!.scrollTop = list.current!.scrollHeight;
          }}
        >
          {t("chat.newBelow")}
        </Button>
      )}
      <Composer room={room} state={state} lane={lane} to={to} onTo={setTo} />
    </div>
  );
}

function Line({
  message,
  state,
  room,
  onReply,
}: {
  message: Message;
  state: RoomState;
  room: Room;
  onReply?: (participantId: string) => void;
}) {
  const { t } = useTranslation();
  const act = useAct();
  const staff = isStaff(state.me?.role);
  const mine = message.by?.participantId === state.me?.participantId;
  const alias = message.by?.alias ?? "";
  const person = message.stream.startsWith("private:") ? message.stream.slice("private:".length) : null;
  const of = person && [...state.participants, ...state.waiting].find((p) => p.participantId === person);
  const who =
    staff && person
      ? person === message.by?.participantId
        ? t("chat.from", { alias })
        : t("chat.toOne", { alias, to: (of ? of.alias : state.names[person]) ?? "…" })
      : alias;
  return (
    <div className={`message ${mine ? "mine" : ""} ${person ? "is-private" : ""}`}>
      <p className="message-head">
        <strong>{mine && !person ? `${alias} (${t("room.you")})` : who}</strong>
        {message.by && message.by.role !== "member" && <span className="badge accent">{t(`room.${message.by.role}`)}</span>}
        <time className="soft" dateTime={message.at}>
          {timeOf(message.at)}
        </time>
        {!mine && !person && !message.hidden && (
          <Button
            look="quiet"
            size="icon"
            className="heart"
            aria-label={t("chat.heart", { alias })}
            title={t("chat.heart", { alias })}
            onClick={() => void act(() => room.client.call("React", { stream: message.stream, seq: message.seq, emoji: heart }))}
          >
            <Heart aria-hidden />
          </Button>
        )}
      </p>
      <p className="message-text" dir="auto">
        {message.text ?? <em className="soft">{t("chat.hidden")}</em>}
        {message.hidden && message.text !== null && <span className="badge warm">{t("chat.hiddenStaff")}</span>}
      </p>
      {!message.hidden && Object.keys(message.reactions).length > 0 && (
        <ul className="plain row reactions">
          {Object.entries(message.reactions).map(([emoji, count]) => (
            <li key={emoji} className="badge">
              {emoji} {count}
            </li>
          ))}
        </ul>
      )}
      {(staff || mine) && !message.hidden && (
        <div className="message-acts">
          {mine && (
            <Button look="quiet" onClick={() => void act(() => room.client.call("Retract", { stream: message.stream, seq: message.seq }))}>
              {t("chat.retract")}
            </Button>
          )}
          {staff && onReply && person && person !== state.me?.participantId && (
            <Button look="quiet" onClick={() => onReply(person)}>
              {t("chat.reply")}
            </Button>
          )}
          {staff && !mine && (
            <Button
              look="quiet"
              onClick={() =>
                void act(() =>
                  room.client.call("Hide", {
                    stream: message.stream,
                    seq: message.seq,
                    reason: t("people.removeDefault"),
                  }),
                )
              }
            >
              {t("chat.hide")}
            </Button>
          )}
        </div>
      )}
    </div>
  );
}

function Composer({ room, state, lane, to, onTo }: { room: Room; state: RoomState; lane: Lane; to: string; onTo: (to: string) => void }) {
  const { t } = useTranslation();
  const act = useAct();
  const staff = isStaff(state.me?.role);
  const [text, setText] = useState("");
  const [busy, setBusy] = useState(false);
  // The same words keep their id until they are accepted: a second try cannot say them twice.
  const attempt = useRef<{ id: string; text: string; to: string } | null>(null);
  const box = useRef<HTMLTextAreaElement>(null);
  const picks = lane === "private" && staff;
  const people = [...state.participants, ...state.waiting].filter(
    (p) => p.participantId !== state.me?.participantId && !("role" in p && isStaff(p.role)),
  );
  const muted = state.me ? state.muted[state.me.participantId]?.chat : false;
  const closed = lane === "room" && !staff && (muted || state.phase === "held");
  const chosen = people.find((p) => p.participantId === to);
  const label =
    lane === "room"
      ? t("chat.write")
      : lane === "staff"
        ? t("chat.writeStaff")
        : staff
          ? chosen
            ? t("chat.writeTo", { alias: chosen.alias })
            : t("chat.privateStaff")
          : t("chat.writePrivate");

  useEffect(() => {
    if (picks && to) {
      box.current?.focus();
    }
  }, [picks, to]);

  const send = async (event?: FormEvent) => {
    event?.preventDefault();
    const words = text.trim();
    const target = lane === "room" ? "everyone" : picks ? to : "facilitators";
    if (!words || busy || !target) {
      return;
    }

    if (attempt.current?.text !== words || attempt.current.to !== target) {
      attempt.current = { id: crypto.randomUUID(), text: words, to: target };
    }

    setBusy(true);
    const { id } = attempt.current;
    if (await act(() => room.client.post(id, words, target))) {
      attempt.current = null;
      setText("");
    }

    setBusy(false);
    box.current?.focus();
  };

  if (closed) {
    return <p className="lane-closed small">{muted ? t("room.chatMuted") : t("room.held")}</p>;
  }

  return (
    <form className="composer" onSubmit={send}>
      {picks && (
        <label className="row small">
          <span>{t("chat.to")}</span>
          <select className="input compact" value={chosen ? to : ""} onChange={(e) => onTo(e.target.value)}>
            <option value="">{t("chat.choose")}</option>
            {people.map((p) => (
              <option key={p.participantId} value={p.participantId}>
                {p.alias}
              </option>
            ))}
          </select>
        </label>
      )}
      <div className="composer-row">
        <textarea
          ref={box}
          className="input"
          rows={1}
          maxLength={4000}
          aria-label={label}
          placeholder={label}
          enterKeyHint="send"
          value={text}
          disabled={picks && !chosen}
          onChange={(e) => setText(e.target.value)}
          onKeyDown={(e) => {
            if (e.key === "Enter" && !e.shiftKey && !e.nativeEvent.isComposing) {
              e.preventDefault();
              void send();
            }
          }}
        />
        <Button type="submit" look="primary" size="icon" aria-label={t("chat.send")} disabled={busy || !text.trim() || (picks && !chosen)}>
          <SendHorizontal aria-hidden />
        </Button>
      </div>
      {state.status === "reconnecting" && text && <span className="small soft">{t("chat.notSent")}</span>}
    </form>
  );
}
