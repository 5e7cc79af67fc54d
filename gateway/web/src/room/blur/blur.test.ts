import { describe, expect, it } from "vitest";
import { dueAfter, isDue, isStuck, isTooSlow, noPace, paceAfter, type Pace } from "./pace";
import { viewOf } from "./view";

const track = (name: string) => ({ name }) as unknown as MediaStreamTrack;
const [camera, other, blurred] = [track("camera"), track("other camera"), track("blurred")];

describe("what others may see of a camera", () => {
  it("is the camera's picture until a blurred one is wanted", () => {
    expect(viewOf(camera, false, { camera: null, track: null })).toEqual({ video: camera, starting: false });
    expect(viewOf(camera, false, { camera, track: blurred }).video).toBe(camera);
  });

  it("is nothing until the first blurred picture is there", () => {
    expect(viewOf(camera, true, { camera: null, track: null })).toEqual({ video: null, starting: true });
    expect(viewOf(camera, true, { camera, track: null })).toEqual({ video: null, starting: true });
    expect(viewOf(camera, true, { camera, track: blurred })).toEqual({ video: blurred, starting: false });
  });

  it("is nothing after a change of camera until the new one's picture is blurred", () => {
    expect(viewOf(other, true, { camera, track: blurred })).toEqual({ video: null, starting: true });
  });

  it("is nothing without a camera", () => {
    expect(viewOf(null, true, { camera, track: blurred })).toEqual({ video: null, starting: false });
    expect(viewOf(null, false, { camera: null, track: null }).video).toBeNull();
  });
});

function after(times: number[], everyMs: number): { pace: Pace; at: number } {
  let [pace, at] = [noPace, 0];
  for (const took of times) {
    at += everyMs;
    pace = paceAfter(pace, took, at);
  }

  return { pace, at };
}

describe("the pace of blurring", () => {
  it("calls a device too slow that makes three pictures a second for ten seconds", () => {
    const { pace, at } = after(Array<number>(32).fill(330), 330);
    expect(isTooSlow(pace, at)).toBe(true);
  });

  it("forgives a slow beginning and a moment's load", () => {
    const begin = after([2000, ...Array<number>(30).fill(40)], 100);
    expect(isTooSlow(begin.pace, begin.at)).toBe(false);
    const load = after([...Array<number>(20).fill(40), ...Array<number>(12).fill(400), ...Array<number>(40).fill(60)], 400);
    expect(isTooSlow(load.pace, load.at)).toBe(false);
  });

  it.each([
    [30, 15],
    [24, 15],
    [15, 15],
    [10, 10],
  ])("takes of a camera that gives %i pictures a second %i", (given, taken) => {
    let [due, count] = [0, 0];
    for (let frame = 0; frame < given * 10; frame++) {
      const at = (frame * 1000) / given;
      if (isDue(due, at)) {
        [due, count] = [dueAfter(due, at), count + 1];
      }
    }

    expect(Math.abs(count / 10 - taken)).toBeLessThan(0.5);
  });

  it("does not make up for pictures that it missed", () => {
    expect(dueAfter(0, 5_000)).toBe(5_000);
  });

  it("finds out that nothing comes back", () => {
    expect(isStuck(null, 60_000)).toBe(false);
    expect(isStuck(1_000, 5_000)).toBe(false);
    expect(isStuck(1_000, 6_000)).toBe(true);
  });
});
