/** The messages between the hub and its clients: names and shapes of the public contract, version 1. */

export type Role = "lead" | "co_facilitator" | "observer" | "member";
export type Phase = "lobby" | "live" | "held" | "ended";

export interface Actor {
  participantId: string;
  alias: string;
  role: Role;
}

export interface WaitingPerson {
  participantId: string;
  alias: string;
  since: string;
}

export interface CrisisLine {
  name: string;
  phone: string;
}

export interface RoomEvent {
  stream: string;
  seq: number;
  at: string;
  kind: string;
  by: Actor | null;
  data: Record<string, unknown> | null;
}

export interface Settings {
  locked: boolean;
  slowSeconds: number;
  turn: string | null;
  hands: string[];
  endsAt?: string;
  me?: { chatMuted: boolean; audioMuted: boolean; videoMuted: boolean };
}

export type Cursors = Record<string, number>;

export interface EnterAnswer {
  participantId: string;
  role: Role;
  state: "waiting" | "in";
  phase: Phase;
  alias?: string;
  participants: Actor[];
  /** Staff only. */
  waiting?: WaitingPerson[] | { text: string };
  settings?: Settings;
  /** The room's media: `on: false` is chat alone; `camera` is the group's policy. */
  media?: { on: boolean; camera: "optional" | "expected" | "off" };
  events: RoomEvent[];
  cursors: Cursors;
  reset: string[];
}

/** Why a connection ends. `terminal` means: do not reconnect. */
export interface Ended {
  reason: string;
  terminal: boolean;
}

export interface IceServer {
  urls: string[];
  username?: string | null;
  credential?: string | null;
}

/** The answer of `POST /api/sessions/{id}/join`. */
export interface Ticket {
  ticket: string;
  hub: string;
  iceServers: IceServer[];
}

export interface MediaStream {
  mid: string;
  participantId: string;
  kind: "audio" | "video";
}

/** A participant who sends: whether their devices are on; `blocked` at the media server, so that no other receives it. */
export interface Sending {
  participantId: string;
  audio: boolean;
  video: boolean;
  audioBlocked: boolean;
  videoBlocked: boolean;
}

/** An offer to receive: null changes nothing. `fresh`: it is for a new peer connection. */
export interface ReceiveOffer {
  sdp: string | null;
  streams: MediaStream[];
  fresh: boolean;
}

/** How pictures come to a person: as wished for, all of them small, or none until their line is better. */
export type PictureSize = "full" | "small" | "paused";

export type MediaCall =
  | { type: "publishers"; participants: Sending[] }
  | ({ type: "offer" } & ReceiveOffer)
  | { type: "moved" }
  | { type: "replaced" }
  | { type: "speaking"; participantId: string; on: boolean }
  | { type: "quality"; participantId: string; level: "good" | "poor" }
  | { type: "pictures"; size: PictureSize };

/** A refusal of the hub, with the contract's code. */
export class HubRefusal extends Error {
  constructor(
    readonly code: string,
    sentence: string,
  ) {
    super(sentence);
  }
}

/** Reads `HubException: <code>: <sentence>` at the end of SignalR's own message; other errors are `try-again`. */
export function refusalOf(error: unknown): HubRefusal {
  if (error instanceof HubRefusal) {
    return error;
  }

  const text = error instanceof Error ? error.message : String(error);
  const at = text.lastIndexOf("HubException: ");
  const match = at < 0 ? null : /^([a-z-]+): ([\s\S]*)$/.exec(text.slice(at + "HubException: ".length));
  return match ? new HubRefusal(match[1]!, match[2]!) : new HubRefusal("try-again", "That did not work just now. Please try again.");
}
