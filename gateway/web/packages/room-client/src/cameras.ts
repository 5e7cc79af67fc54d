import { isStaff, type RoomState } from "./state";
import type { Actor, Sending } from "./wire";

export type CameraPolicy = RoomState["media"]["camera"];

/**
 * The group's camera policy now. It may have changed since this person came in: a facilitator's picture is blocked by this policy alone. Pure.
 */
export function camerasOf(onEntering: CameraPolicy, participants: readonly Actor[], sending: Record<string, Sending>): CameraPolicy {
  const staff = participants.filter((p) => isStaff(p.role)).flatMap((p) => sending[p.participantId] ?? []);
  if (staff.length === 0) {
    return onEntering;
  }

  return staff.some((s) => s.videoBlocked) ? "off" : onEntering === "off" ? "optional" : onEntering;
}
