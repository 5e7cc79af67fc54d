import { noPlaces, placeChange, type Places } from "./places";
import type { Actor, CrisisLine, Cursors, Ended, EnterAnswer, Phase, Role, RoomEvent, WaitingPerson } from "./wire";

/** A line of the room's log as a person reads it. */
export interface Message {
  key: string;
  stream: string;
  seq: number;
  at: string;
  by: Actor | null;
  text: string | null;
  hidden: boolean;
  reactions: Record<string, number>;
}

export interface Help {
  key: string;
  at: string;
  participantId: string;
  alias: string;
  text: string | null;
}

export interface Held {
  until: string | null;
  lines: CrisisLine[];
}

export type Status = "idle" | "connecting" | "waiting" | "in" | "reconnecting" | "ended" | "refused";

export interface RoomState extends Places {
  status: Status;
  phase: Phase;
  me: { participantId: string; role: Role; alias: string } | null;
  participants: Actor[];
  waiting: WaitingPerson[];
  /** One waits past the start, no facilitator had come, and the practice was told. */
  unled: boolean;
  /** Participants who were removed and not readmitted. */
  removed: { participantId: string; alias: string }[];
  locked: boolean;
  slowSeconds: number;
  turn: string | null;
  hands: string[];
  endsAt: string | null;
  endingAt: string | null;
  /** The facilitators' mutes, by participant. Members know only their own. */
  muted: Record<string, { audio: boolean; video: boolean; chat: boolean }>;
  held: Held | null;
  messages: Message[];
  help: Help[];
  /** Everybody's last name here, those who have gone too. */
  names: Record<string, string>;
  cursors: Cursors;
  ended: Ended | null;
  media: { on: boolean; camera: "optional" | "expected" | "off" };
  /** The last thing that others should be told about: for live regions. */
  lastChange: RoomEvent | null;
}

export const initialState: RoomState = {
  status: "idle",
  phase: "lobby",
  me: null,
  participants: [],
  waiting: [],
  unled: false,
  removed: [],
  locked: false,
  slowSeconds: 0,
  turn: null,
  hands: [],
  endsAt: null,
  endingAt: null,
  muted: {},
  held: null,
  messages: [],
  help: [],
  ...noPlaces,
  names: {},
  cursors: {},
  ended: null,
  media: { on: true, camera: "optional" },
  lastChange: null,
};

export const isStaff = (role: Role | undefined) => role === "lead" || role === "co_facilitator";

const free = { audio: false, video: false, chat: false };

/** The state after `Enter`: what the answer says, then its events. What was shown before a reconnect stays. */
export function entered(state: RoomState, answer: EnterAnswer): RoomState {
  const settings = answer.settings;
  const mine = settings?.me;
  const next: RoomState = {
    ...state,
    status: answer.state,
    phase: answer.phase,
    me: { participantId: answer.participantId, role: answer.role, alias: answer.alias ?? aliasOf(answer) },
    ended: null,
    lost: null,
    names: { ...state.names, ...namesOf(answer.participants), ...(Array.isArray(answer.waiting) ? namesOf(answer.waiting) : {}) },
    media: answer.media ?? state.media,
    messages: answer.reset.length === 0 ? state.messages : state.messages.filter((m) => !answer.reset.includes(m.stream)),
  };
  // Old events tell how it came to be; what holds now stands in the answer itself.
  const told = answer.events.reduce(applyEvent, next);
  return {
    ...told,
    status: answer.state,
    phase: answer.phase,
    participants: answer.participants,
    waiting: Array.isArray(answer.waiting)
      ? answer.waiting
      : told.waiting.filter((w) => !answer.participants.some((p) => p.participantId === w.participantId)),
    locked: settings?.locked ?? told.locked,
    slowSeconds: settings?.slowSeconds ?? told.slowSeconds,
    turn: settings ? settings.turn : told.turn,
    hands: settings?.hands ?? told.hands,
    endsAt: settings?.endsAt ?? told.endsAt,
    muted: mine
      ? { ...told.muted, [answer.participantId]: { audio: mine.audioMuted, video: mine.videoMuted, chat: mine.chatMuted } }
      : told.muted,
    held: answer.phase === "held" ? (told.held ?? { until: null, lines: [] }) : null,
    cursors: { ...told.cursors, ...answer.cursors },
    lastChange: null,
  };
}

const namesOf = (list: { participantId: string; alias: string }[]) => Object.fromEntries(list.map((p) => [p.participantId, p.alias]));

function aliasOf(answer: EnterAnswer): string {
  return answer.participants.find((p) => p.participantId === answer.participantId)?.alias ?? "";
}

/** One event; an event that was seen already changes nothing. */
export function applyEvent(state: RoomState, event: RoomEvent): RoomState {
  if (event.seq <= (state.cursors[event.stream] ?? 0)) {
    return state;
  }

  const data = (event.data ?? {}) as Partial<Data>;
  const named = data.participantId && data.alias ? { ...state, names: { ...state.names, [data.participantId]: data.alias } } : state;
  const next = change(named, event, data as never);
  return { ...next, cursors: { ...next.cursors, [event.stream]: event.seq }, lastChange: event };
}

interface Data {
  participantId: string;
  alias: string;
  role: Role;
  participants?: Actor[];
  cursors?: Cursors;
  settings?: { locked: boolean; slowSeconds: number; turn: string | null; hands: string[]; endsAt?: string };
  audio?: boolean;
  video?: boolean;
  chat?: boolean;
  text: string | null;
  hidden?: boolean;
  seq: number;
  emoji: string;
  seconds: number;
  until: string;
  at: string;
  endsAt: string;
  reason: string;
  crisisLines?: CrisisLine[];
  retracted?: boolean;
  unled?: boolean;
  phase?: Phase;
}

function change(s: RoomState, e: RoomEvent, d: Data): RoomState {
  switch (e.kind) {
    case "participant.joined":
      return {
        ...s,
        participants: [...without(s.participants, d.participantId), { participantId: d.participantId, alias: d.alias, role: d.role }],
        waiting: without(s.waiting, d.participantId),
        removed: without(s.removed, d.participantId),
      };
    case "participant.left":
      return e.stream === "room" ? gone(s, d.participantId) : { ...s, waiting: without(s.waiting, d.participantId) };
    case "participant.removed":
      return {
        ...gone(s, d.participantId),
        removed: [...without(s.removed, d.participantId), { participantId: d.participantId, alias: d.alias }],
      };
    case "participant.waiting": {
      if (d.participantId === s.me?.participantId) {
        return {
          ...s,
          status: "waiting",
          phase: d.phase ?? s.phase,
          unled: d.unled === true,
          participants: s.participants.filter((p) => p.participantId === d.participantId),
        };
      }

      const waiting = { participantId: d.participantId, alias: d.alias, since: e.at };
      return {
        ...s,
        waiting: [...without(s.waiting, d.participantId), waiting],
        participants: without(s.participants, d.participantId),
        removed: without(s.removed, d.participantId),
      };
    }
    case "participant.admitted":
      return d.participantId === s.me?.participantId
        ? {
            ...s,
            status: "in",
            phase: "live",
            participants: d.participants ?? s.participants,
            cursors: { ...s.cursors, ...d.cursors },
            ...(d.settings && {
              locked: d.settings.locked,
              slowSeconds: d.settings.slowSeconds,
              turn: d.settings.turn,
              hands: d.settings.hands,
              endsAt: d.settings.endsAt ?? s.endsAt,
            }),
          }
        : { ...s, waiting: without(s.waiting, d.participantId) };
    case "participant.muted":
    case "participant.unmuted": {
      const on = e.kind === "participant.muted";
      const before = s.muted[d.participantId] ?? free;
      const all = d.audio === undefined && d.video === undefined && d.chat === undefined;
      const part = (now: boolean | undefined, was: boolean) => (all || now === true ? on : was);
      const now = { audio: part(d.audio, before.audio), video: part(d.video, before.video), chat: part(d.chat, before.chat) };
      return { ...s, muted: { ...s.muted, [d.participantId]: now } };
    }
    case "participant.renamed":
      return {
        ...s,
        me: s.me?.participantId === d.participantId ? { ...s.me, alias: d.alias } : s.me,
        participants: s.participants.map((p) => (p.participantId === d.participantId ? { ...p, alias: d.alias } : p)),
      };
    case "role.changed":
    case "lead.changed":
      return {
        ...s,
        participants: s.participants.map((p) => (p.participantId === d.participantId ? { ...p, role: d.role ?? "lead" } : p)),
        me: s.me?.participantId === d.participantId ? { ...s.me, role: d.role ?? "lead" } : s.me,
      };
    case "hand.raised":
      return { ...s, hands: [...s.hands.filter((h) => h !== d.participantId), d.participantId] };
    case "hand.lowered":
      return { ...s, hands: s.hands.filter((h) => h !== d.participantId) };
    case "turn.given":
      return { ...s, turn: d.participantId ?? null };
    case "room.opened":
      return { ...s, phase: "live", held: null };
    case "room.resumed":
      return { ...s, phase: "live", held: null };
    case "room.held":
      return { ...s, phase: "held", held: { until: d.until ?? null, lines: d.crisisLines ?? [] } };
    case "room.locked":
      return { ...s, locked: true };
    case "room.unlocked":
      return { ...s, locked: false };
    case "room.slowed":
      return { ...s, slowSeconds: d.seconds };
    case "room.ending":
      return { ...s, endingAt: d.at };
    case "room.extended":
      return { ...s, endsAt: d.endsAt, endingAt: null };
    case "room.ended":
      return { ...s, phase: "ended" };
    case "message.posted":
      return { ...s, messages: [...s.messages, messageOf(e, d)] };
    case "message.hidden":
      return {
        ...s,
        messages: s.messages.map((m) =>
          m.stream === e.stream && m.seq === d.seq ? { ...m, hidden: true, text: isStaff(s.me?.role) && !d.retracted ? m.text : null } : m,
        ),
      };
    case "reaction.added":
      return {
        ...s,
        messages: s.messages.map((m) =>
          m.stream === e.stream && m.seq === d.seq
            ? { ...m, reactions: { ...m.reactions, [d.emoji]: (m.reactions[d.emoji] ?? 0) + 1 } }
            : m,
        ),
      };
    case "eligibility.ending":
    case "eligibility.ended":
    case "eligibility.held":
    case "handover.needed":
    case "crisis.changed":
      return { ...s, ...placeChange(s, e) };
    case "help.requested": {
      const help = { key: `${e.stream}:${e.seq}`, at: e.at, participantId: d.participantId, alias: e.by?.alias ?? "", text: d.text };
      return { ...s, help: [...s.help, help] };
    }
    default:
      return s;
  }
}

function messageOf(e: RoomEvent, d: Data): Message {
  return {
    key: `${e.stream}:${e.seq}`,
    stream: e.stream,
    seq: e.seq,
    at: e.at,
    by: e.by,
    text: d.text,
    hidden: d.hidden ?? false,
    reactions: {},
  };
}

function gone(s: RoomState, id: string): RoomState {
  return {
    ...s,
    participants: without(s.participants, id),
    waiting: without(s.waiting, id),
    hands: s.hands.filter((h) => h !== id),
    turn: s.turn === id ? null : s.turn,
  };
}

function without<T extends { participantId: string }>(list: T[], id: string): T[] {
  return list.filter((p) => p.participantId !== id);
}
