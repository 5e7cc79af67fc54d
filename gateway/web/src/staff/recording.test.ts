import { describe, expect, it } from "vitest";
import { recordingOf } from "./recording";

const startsAt = "2026-11-30T23:00:00Z";
const at = (minutes: number) => new Date(startsAt).getTime() + minutes * 60_000;
const of = (modality: string, status: string, minutes: number) => recordingOf({ status, startsAt }, modality, at(minutes));

describe("who may record attendance, and when", () => {
  it("is recorded with a tap from the start of a session in person on, which stays planned until its end", () => {
    expect(of("in_person", "scheduled", -1)).toBe("none");
    expect(of("in_person", "scheduled", 0)).toBe("tap");
    expect(of("in_person", "ended", 90)).toBe("tap");
    expect(of("in_person", "cancelled", 5)).toBe("none");
  });

  it("is read while a room is open and corrected once it is over", () => {
    expect(of("video", "scheduled", 5)).toBe("none");
    expect(of("video", "open", -5)).toBe("read");
    expect(of("video", "live", 5)).toBe("read");
    expect(of("video", "ended", 90)).toBe("correct");
  });
});
