import { describe, expect, it } from "vitest";
import { goodLine, lineAfter, smaller, type Line, type Sample } from "./line";

const quiet = { lostHere: 0, lostThere: 0, roundTrip: 0.04, outgoing: 600_000 };

/** The line after a sample each second from second 10 on. */
function lived(...seconds: Partial<Sample>[]): Line {
  return seconds.reduce<Line>((line, part, n) => lineAfter(line, { ...quiet, ...part, at: 10_000 + n * 1_000 }), goodLine);
}

const times = (count: number, part: Partial<Sample> = {}) => Array.from({ length: count }, () => part);
const settling = 4;
const sendsSettling = 8;

describe("a person's line", () => {
  it.each<[string, Partial<Sample>[], string, string]>([
    ["nothing is lost", times(30), "full", "full"],
    ["the browser tells nothing", times(30, { lostHere: null, lostThere: null, roundTrip: null, outgoing: null }), "full", "full"],
    ["one bad second", [{ lostHere: 0.5, lostThere: 0.5 }, ...times(5)], "full", "full"],
    ["bad seconds with a good one in between", [{ lostHere: 0.5 }, {}, { lostHere: 0.5 }, {}, { lostHere: 0.5 }], "full", "full"],
    ["few packets are lost all the time", times(30, { lostHere: 0.03, lostThere: 0.05 }), "full", "full"],
    ["packets to here are lost", times(2, { lostHere: 0.2 }), "small", "full"],
    ["they are lost although pictures are small", times(2 + settling + 2, { lostHere: 0.2 }), "paused", "full"],
    ["packets to the server are lost", times(3, { lostThere: 0.4 }), "full", "paused"],
    ["the browser can send next to nothing", times(3, { outgoing: 60_000 }), "full", "paused"],
    ["a queue grows, nothing is lost yet", [...times(5), ...times(3, { roundTrip: 0.8 })], "full", "paused"],
    ["the queue stays although no picture goes", [...times(5), ...times(5, { roundTrip: 0.8 })], "small", "paused"],
    ["it stays although pictures are small", [...times(5), ...times(5 + settling + 2, { roundTrip: 0.8 })], "paused", "paused"],
    ["a way that is long from the start", times(30, { roundTrip: 0.9 }), "full", "full"],
  ])("when %s", (_, seconds, receives, sends) => {
    const line = lived(...seconds);
    expect([line.receives.most, line.sends.most]).toEqual([receives, sends]);
  });

  it("has its pictures back small after ten quiet seconds, and full after fifteen more", () => {
    const paused = times(2 + settling + 2, { lostHere: 0.2 });
    expect(lived(...paused, ...times(9)).receives.most).toBe("paused");
    expect(lived(...paused, ...times(10)).receives.most).toBe("small");
    expect(lived(...paused, ...times(10 + 14)).receives.most).toBe("small");
    expect(lived(...paused, ...times(10 + 15)).receives.most).toBe("full");
  });

  it("waits longer after each pause, and forgets them after a good minute", () => {
    const first = [...times(3, { outgoing: 60_000 }), ...times(10)];
    expect(lived(...first).sends.most).toBe("full");
    const second = [...first, ...times(sendsSettling - 1), ...times(3, { outgoing: 60_000 })];
    expect(lived(...second).sends.most).toBe("paused");
    expect(lived(...second, ...times(19)).sends.most).toBe("paused");
    expect(lived(...second, ...times(20)).sends.most).toBe("full");
    expect(lived(...second, ...times(20 + 61)).sends.pauses).toBe(0);
  });

  it("does not take the browser's belief for the line while no picture is sent: it cannot grow then", () => {
    const narrow = times(3, { outgoing: 60_000 });
    expect(lived(...narrow, ...times(10, { outgoing: 60_000 })).sends.most).toBe("full");
  });

  it("has the smaller of what the server and what the page decided", () => {
    expect([smaller("full", "small"), smaller("paused", "small"), smaller("full", "full")]).toEqual(["small", "paused", "full"]);
  });
});
