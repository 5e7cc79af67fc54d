import { smaller } from "./line";
import type { Remote } from "./receiver";
import type { RoomState } from "./state";
import type { MediaCall, PictureSize, Sending } from "./wire";

/** `off`: not begun. `unavailable`: this room has no video; chat works. `elsewhere`: another window of the same person has the call. */
export type MediaStatus = "off" | "connecting" | "on" | "reconnecting" | "unavailable" | "elsewhere";

export interface MediaState {
  status: MediaStatus;
  remotes: Record<string, Remote>;
  sending: Record<string, Sending>;
  speaking: string[];
  quality: Record<string, "good" | "poor">;
  /** How the server sends pictures to this person: all of them small, or none for a while, when their line is thin. */
  pictures: PictureSize;
  /** This page's findings about its own line: how large pictures may come, and whether its own may be sent. */
  line: { receives: PictureSize; sends: "full" | "paused" };
  audioOnly: boolean;
}

/** Where frames can be transformed, for end-to-end encryption: called once for each sender and receiver. */
export interface Transforms {
  sender?: (sender: RTCRtpSender) => void;
  receiver?: (receiver: RTCRtpReceiver) => void;
}

export const nothing: MediaState = {
  status: "off",
  remotes: {},
  sending: {},
  speaking: [],
  quality: {},
  pictures: "full",
  line: { receives: "full", sends: "full" },
  audioOnly: false,
};

const withOrWithout = (list: string[], one: string, on: boolean): string[] => [...list.filter((p) => p !== one), ...(on ? [one] : [])];

/** How pictures come: the smaller of what the server and this page allow counts. */
export const picturesOf = ({ pictures, line }: Pick<MediaState, "pictures" | "line">): PictureSize => smaller(pictures, line.receives);

/** Whether this person's room has a call now. */
export const hasCall = ({ status, phase, media }: Pick<RoomState, "status" | "phase" | "media">): boolean =>
  status === "in" && media.on && (phase === "live" || phase === "held");

/** An observer is not heard or seen. */
export const listensOnly = ({ me }: Pick<RoomState, "me">): boolean => me?.role === "observer";

/** The change that a server's call of the media plane makes to the state. */
export function noted(state: MediaState, call: Extract<MediaCall, { type: "speaking" | "quality" | "pictures" }>): Partial<MediaState> {
  switch (call.type) {
    case "speaking":
      return { speaking: withOrWithout(state.speaking, call.participantId, call.on) };
    case "quality":
      return { quality: { ...state.quality, [call.participantId]: call.level } };
    case "pictures":
      return { pictures: call.size };
  }
}
