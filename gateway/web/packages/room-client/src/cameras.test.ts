import { describe, expect, it } from "vitest";
import { camerasOf } from "./cameras";
import type { Actor } from "./wire";

const person = (participantId: string, role: Actor["role"]): Actor => ({ participantId, alias: participantId, role });
const people = [person("ana", "lead"), person("sunny", "member")];
const sends = (participantId: string, videoBlocked: boolean) => ({
  [participantId]: { participantId, audio: true, video: true, audioBlocked: false, videoBlocked },
});

describe("what a group asks of cameras", () => {
  it("is what was told on entering while no facilitator sends", () => {
    expect(camerasOf("expected", people, {})).toBe("expected");
    expect(camerasOf("off", people, sends("sunny", true))).toBe("off");
  });

  it("is seen to change while the session runs", () => {
    expect(camerasOf("optional", people, sends("ana", true))).toBe("off");
    expect(camerasOf("off", people, sends("ana", false))).toBe("optional");
    expect(camerasOf("expected", people, sends("ana", false))).toBe("expected");
  });

  it("does not follow from one member whose picture is off", () => {
    expect(camerasOf("optional", people, { ...sends("sunny", true), ...sends("ana", false) })).toBe("optional");
  });
});
