import { describe, expect, it } from "vitest";
import { DeviceKeeper } from "./keeper";

interface FakeTrack {
  kind: "audio" | "video";
  enabled: boolean;
  readyState: "live" | "ended";
}

/** Devices that come when the test says so. */
function devices(wanted = { mic: true, camera: true }) {
  const waiting: { constraints: MediaStreamConstraints; give: () => FakeTrack[] }[] = [];
  const given: FakeTrack[] = [];
  const open = (constraints: MediaStreamConstraints) =>
    new Promise<MediaStream>((done) => {
      const give = () => {
        const kinds = (["audio", "video"] as const).filter((kind) => constraints[kind]);
        const tracks = kinds.map((kind) => {
          const track = { kind, enabled: true, readyState: "live" as "live" | "ended", stop: () => void (track.readyState = "ended") };
          return track;
        });
        given.push(...tracks);
        const of = (kind: string) => tracks.filter((t) => t.kind === kind);
        done({ getAudioTracks: () => of("audio"), getVideoTracks: () => of("video") } as unknown as MediaStream);
        return tracks;
      };
      waiting.push({ constraints, give });
    });
  const keeper = new DeviceKeeper({ open, isDenied: () => Promise.resolve(false) }, wanted);
  const settle = () => new Promise((done) => setTimeout(done));
  const next = async () => {
    await settle();
    const tracks = waiting.shift()!.give();
    await settle();
    return tracks;
  };
  return { keeper, waiting, given, next, settle, live: () => given.filter((t) => t.readyState === "live") };
}

async function inRoom(wanted?: { mic: boolean; camera: boolean }) {
  const made = devices(wanted);
  made.keeper.allowCameras(true);
  void made.keeper.ask();
  await made.next();
  return made;
}

describe("a person's camera and microphone", () => {
  it("are both on once they were asked for", async () => {
    const { keeper } = await inRoom();
    expect(keeper.getState()).toMatchObject({ asked: true, asking: false, mic: true, camera: true });
    expect(keeper.getState().tracks.video).toMatchObject({ readyState: "live" });
  });

  it("stay off when the camera comes after it was switched off again", async () => {
    const { keeper, next, live } = await inRoom({ mic: true, camera: false });
    void keeper.setCamera(true);
    expect(keeper.getState()).toMatchObject({ camera: true, opening: true });
    void keeper.setCamera(false);
    await next();
    expect(keeper.getState()).toMatchObject({ camera: false, opening: false, tracks: { video: null } });
    expect(live().map((t) => t.kind)).toEqual(["audio"]);
  });

  it("stay silent when another microphone comes after they muted themselves", async () => {
    const { keeper, next } = await inRoom();
    void keeper.choose("audio", "other");
    keeper.setMic(false);
    const [track] = await next();
    expect(keeper.getState().tracks.audio).toBe(track);
    expect(track!.enabled).toBe(false);
  });

  it("are the ones chosen last, and the others are given back", async () => {
    const { keeper, next, live } = await inRoom();
    void keeper.choose("video", "one");
    void keeper.choose("video", "two");
    await next();
    const [last] = await next();
    expect(keeper.getState().tracks.video).toBe(last);
    expect(live().filter((t) => t.kind === "video")).toEqual([last]);
  });

  it("are given back when they come after the page was left", async () => {
    const { keeper, next, settle, live } = devices();
    keeper.allowCameras(true);
    void keeper.ask();
    await settle();
    keeper.end();
    await next();
    expect(live()).toEqual([]);
    expect(keeper.getState().tracks).toEqual({ audio: null, video: null });
  });
});

describe("a room without cameras", () => {
  it("asks for the microphone alone, and opens no camera", async () => {
    const { keeper, waiting, next, settle } = devices();
    void keeper.ask();
    await settle();
    expect(waiting).toEqual([]);
    keeper.allowCameras(false);
    await settle();
    expect(waiting[0]!.constraints.video).toBeUndefined();
    await next();
    await keeper.setCamera(true);
    expect(waiting).toEqual([]);
    expect(keeper.getState()).toMatchObject({ camera: false, problem: null });
  });

  it("gives a camera back that is on, and leaves it off when cameras are shown again", async () => {
    const { keeper, live } = await inRoom();
    keeper.allowCameras(false);
    expect(live().map((t) => t.kind)).toEqual(["audio"]);
    keeper.allowCameras(true);
    expect(keeper.getState()).toMatchObject({ camera: false, tracks: { video: null } });
  });
});
