import type { RoomState } from "./state";
import type { PictureSize } from "./wire";

/** The participants whom a person wants to receive: `videoOf` with pictures, `largeOf` with large ones; null for all. */
export interface Wish {
  of: string[];
  videoOf: string[] | null;
  largeOf: string[] | null;
  /** How large at most, as the line carries them. */
  most: PictureSize;
  /** The same for the same wish. */
  key: string;
}

/** Everybody who is there is wished for: who begins to send is offered without being asked for again. Pure. */
export function wishOf(
  room: Pick<RoomState, "me" | "participants">,
  audioOnly: boolean,
  large: string[] | null,
  most: PictureSize = "full",
): Wish {
  const of = room.participants.map((p) => p.participantId).filter((p) => p !== room.me?.participantId);
  const videoOf = audioOnly ? [] : null;
  const largeOf = large && large.filter((p) => of.includes(p));
  return { of, videoOf, largeOf, most, key: JSON.stringify([[...of].sort(), videoOf, largeOf, most]) };
}
