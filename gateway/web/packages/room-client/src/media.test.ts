import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { RoomClient } from "./client";
import { MediaLink } from "./media";
import { initialState, type RoomState } from "./state";
import type { MediaCall, ReceiveOffer, Sending } from "./wire";

const person = (participantId: string) => ({ participantId, alias: participantId, role: "member" as const });
const sends = (participantId: string): Sending => ({ participantId, audio: true, video: true, audioBlocked: false, videoBlocked: false });
const offer = (sdp: string, fresh: boolean): ReceiveOffer => ({ sdp, streams: [], fresh });

/** A connection that takes every description; `descriptionsTaken` decides when. */
let descriptionsTaken: Promise<void> = Promise.resolve();

class Connection {
  connectionState = "new";
  localDescription: { sdp: string } | null = null;
  remote = "";
  close = () => undefined;
  getTransceivers = () => [];
  addTransceiver = () => ({ sender: { replaceTrack: async () => undefined, getParameters: () => ({ encodings: [] }) } });
  createOffer = async () => ({ sdp: "mine" });
  createAnswer = async () => ({ sdp: `to ${this.remote}` });
  setLocalDescription = async (description: { sdp: string }) => void (this.localDescription = description);
  setRemoteDescription = async ({ sdp }: { sdp: string }) => {
    this.remote = sdp;
    await descriptionsTaken;
  };
}

/** A hub of which the test says when it answers. */
class Hub {
  answers: string[] = [];
  published = 0;
  publish = vi.fn(async () => (this.published++, { sdp: "theirs", participants: [sends("river")] }));
  subscribeTo = vi.fn(async (): Promise<ReceiveOffer> => offer("first", true));
  private media: (call: MediaCall) => void = () => undefined;
  private entered = () => undefined as void;
  private readonly state: RoomState = {
    ...initialState,
    status: "in",
    phase: "live",
    me: person("sunny"),
    participants: [person("sunny"), person("river")],
    media: { on: true, camera: "optional" },
  };

  getState = () => this.state;
  subscribe = () => () => undefined;
  onMedia = (listener: (call: MediaCall) => void) => ((this.media = listener), () => undefined);
  onIn = (listener: () => void) => ((this.entered = listener), () => undefined);
  iceServersNow = async () => [];
  call = async () => undefined;
  answer = async (sdp: string) => void this.answers.push(sdp);
  tell = (call: MediaCall) => this.media(call);
  begin = () => this.entered();
}

describe("a call", () => {
  let hub: Hub;
  let link: MediaLink;

  beforeEach(() => {
    vi.useFakeTimers();
    vi.stubGlobal("RTCPeerConnection", Connection);
    descriptionsTaken = Promise.resolve();
    hub = new Hub();
    link = new MediaLink(hub as unknown as RoomClient);
  });

  afterEach(() => {
    link.close();
    vi.useRealTimers();
    vi.unstubAllGlobals();
  });

  it("goes on when the server tells that it hears this page before the browser has taken the answer", async () => {
    let take = () => undefined as void;
    descriptionsTaken = new Promise((done) => (take = done));
    hub.begin();
    await vi.waitFor(() => expect(hub.published).toBe(1));
    hub.tell({ type: "publishers", participants: [sends("river"), sends("sunny")] });
    take();
    await vi.advanceTimersByTimeAsync(20_000);
    expect(Object.keys(link.getState().sending)).toEqual(["river", "sunny"]);
    expect(hub.published).toBe(1);
  });

  it("begins anew when the server never hears this page", async () => {
    hub.begin();
    await vi.advanceTimersByTimeAsync(10_000);
    expect(hub.published).toBe(2);
  });

  it("does not answer an offer that was overtaken by the one it asked for", async () => {
    hub.subscribeTo.mockImplementationOnce(async () => {
      hub.tell({ type: "offer", ...offer("older", true) });
      return offer("asked for", true);
    });
    hub.begin();
    await vi.advanceTimersByTimeAsync(1_000);
    expect(hub.answers).toEqual(["to asked for"]);
    hub.tell({ type: "offer", ...offer("newer", false) });
    await vi.advanceTimersByTimeAsync(1_000);
    expect(hub.answers).toEqual(["to asked for", "to newer"]);
  });

  it("answers an offer that was made before it asked, when nothing else is offered", async () => {
    hub.begin();
    await vi.advanceTimersByTimeAsync(1_000);
    hub.subscribeTo.mockImplementationOnce(async () => {
      hub.tell({ type: "offer", ...offer("made before", false) });
      return { sdp: null, streams: [], fresh: false };
    });
    link.setAudioOnly(true);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(hub.answers).toEqual(["to first", "to made before"]);
  });
});
