import type { RoomClient } from "./client";
import { Peer } from "./peer";
import { refusalOf, type HubRefusal, type MediaCall, type MediaStream as Described, type ReceiveOffer, type Sending } from "./wire";

/** `off`: not begun. `unavailable`: this room has no video; chat works. `elsewhere`: another window of the same person has the call. */
export type MediaStatus = "off" | "connecting" | "on" | "reconnecting" | "unavailable" | "elsewhere";

export interface Remote {
  audio: MediaStreamTrack | null;
  video: MediaStreamTrack | null;
}

export interface MediaState {
  status: MediaStatus;
  remotes: Record<string, Remote>;
  sending: Record<string, Sending>;
  speaking: string[];
  quality: Record<string, "good" | "poor">;
  audioOnly: boolean;
}

/** Where frames can be transformed, for end-to-end encryption: called once for each sender and receiver. */
export interface Transforms {
  sender?: (sender: RTCRtpSender) => void;
  receiver?: (receiver: RTCRtpReceiver) => void;
}

const nothing: MediaState = { status: "off", remotes: {}, sending: {}, speaking: [], quality: {}, audioOnly: false };
const largestBitrate = 500_000;
const smallestBitrate = 150_000;
const manyPeople = 6;

/** A person's media: one connection that publishes, and one that receives everybody. All signalling goes through the hub. */
export class MediaLink {
  private state = nothing;
  private readonly listeners = new Set<() => void>();
  private publisher: Peer | null = null;
  private subscriber: Peer | null = null;
  private tracks: { audio: MediaStreamTrack | null; video: MediaStreamTrack | null } = { audio: null, video: null };
  private described: Described[] = [];
  private queue: Promise<unknown> = Promise.resolve();
  private readonly undo: (() => void)[];
  private timer: ReturnType<typeof setTimeout> | undefined;
  private coalesce: ReturnType<typeof setTimeout> | undefined;
  private failures = 0;
  private closed = false;
  private asked = "";

  constructor(
    private readonly client: RoomClient,
    private readonly transforms: Transforms = {},
  ) {
    this.undo = [client.onIn(() => this.cameIn()), client.onMedia((call) => this.told(call)), client.subscribe(() => this.roomChanged())];
  }

  readonly getState = (): MediaState => this.state;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  /** The tracks to send. A null track sends nothing; what the facilitator has muted is stopped at the server. */
  setTracks(audio: MediaStreamTrack | null, video: MediaStreamTrack | null): void {
    this.tracks = { audio, video };
    for (const transceiver of this.publisher?.connection.getTransceivers() ?? []) {
      void transceiver.sender.replaceTrack(this.tracks[transceiver.receiver.track.kind as "audio" | "video"]).catch(() => undefined);
    }
  }

  /** Receives no pictures, for a thin line or a tired head. */
  setAudioOnly(audioOnly: boolean): void {
    if (audioOnly !== this.state.audioOnly) {
      this.set({ audioOnly });
      this.resubscribe();
    }
  }

  /** Takes the call over from another window of the same person. */
  takeOver(): void {
    this.rebuild();
  }

  /** The connections of now, for statistics. */
  connections(): RTCPeerConnection[] {
    return [this.publisher, this.subscriber].filter((p) => p !== null).map((p) => p.connection);
  }

  close(): void {
    this.closed = true;
    clearTimeout(this.timer);
    clearTimeout(this.coalesce);
    this.undo.forEach((undo) => undo());
    this.drop();
  }

  private get begun(): boolean {
    const { status, phase, media } = this.client.getState();
    return status === "in" && media.on && (phase === "live" || phase === "held");
  }

  private cameIn(): void {
    this.failures = 0;
    if (!this.client.getState().media.on) {
      this.drop();
      this.set({ status: "unavailable" });
    } else if (this.publisher?.connection.connectionState === "connected" && this.subscriber?.connection.connectionState !== "failed") {
      // Only the line to the hub was away: the call lives, and this connection takes it over.
      this.serially(() => this.receive());
    } else if (this.state.status !== "elsewhere") {
      this.rebuild();
    }
  }

  // The session is opened after staff came in; a person who is sent out or removed has no call.
  private roomChanged(): void {
    const { status } = this.client.getState();
    if (status === "waiting" || status === "ended" || status === "refused") {
      if (this.publisher || this.subscriber) {
        this.drop();
        this.set({ status: "off" });
      }
    } else if (this.begun && this.state.status === "off" && !this.closed) {
      this.rebuild();
    }

    this.adapt();
  }

  private told(call: MediaCall): void {
    switch (call.type) {
      case "publishers":
        this.know(call.participants);
        this.resubscribe();
        break;
      case "offer":
        this.serially(() => this.accept(call));
        break;
      case "moved":
        this.set({ status: "reconnecting" });
        this.rebuild();
        break;
      case "replaced":
        this.drop();
        this.set({ status: "elsewhere" });
        break;
      case "speaking":
        this.set({
          speaking: [...this.state.speaking.filter((p) => p !== call.participantId), ...(call.on ? [call.participantId] : [])],
        });
        break;
      case "quality":
        this.set({ quality: { ...this.state.quality, [call.participantId]: call.level } });
        break;
    }
  }

  private know(participants: Sending[]): void {
    this.set({ sending: Object.fromEntries(participants.map((p) => [p.participantId, p])) });
  }

  private rebuild(): void {
    clearTimeout(this.timer);
    this.drop();
    if (!this.begun) {
      return;
    }

    this.set({ status: this.state.status === "reconnecting" ? "reconnecting" : "connecting" });
    this.serially(async () => {
      if (!this.begun || this.publisher) {
        return;
      }

      await this.publish();
      await this.receive(true);
    });
  }

  private failed(refusal: HubRefusal): void {
    switch (refusal.code) {
      case "media-off":
        this.drop();
        this.set({ status: "unavailable" });
        break;
      case "not-open":
      case "not-admitted":
      case "not-allowed":
        this.drop();
        this.set({ status: "off" });
        break;
      case "not-found":
        // A participant left in between: the next list of senders says who is there.
        break;
      default:
        this.again();
    }
  }

  // Later and later; the room works by chat meanwhile.
  private again(): void {
    this.failures++;
    this.set({ status: "reconnecting" });
    clearTimeout(this.timer);
    this.timer = setTimeout(() => !this.closed && this.rebuild(), Math.min(10_000, 400 * 2 ** this.failures));
  }

  private async publish(): Promise<void> {
    // A call that this person had before, from here or from a page that was loaded anew, makes room.
    await this.client.call("Unpublish").catch(() => undefined);
    const peer = await this.connect("publisher");
    this.publisher = peer;
    const { connection } = peer;
    const audio = connection.addTransceiver(this.tracks.audio ?? "audio", { direction: "sendonly" });
    const video = connection.addTransceiver(this.tracks.video ?? "video", {
      direction: "sendonly",
      sendEncodings: [{ maxBitrate: largestBitrate }],
    });
    [audio, video].forEach((t) => this.transforms.sender?.(t.sender));
    await connection.setLocalDescription(await connection.createOffer());
    const { sdp, participants } = await this.client.publish(connection.localDescription!.sdp);
    await connection.setRemoteDescription({ type: "answer", sdp });
    peer.answered();
    this.know(participants);
    this.adapt();
  }

  // In a large group faces are small: everybody sends a smaller picture.
  private adapt(): void {
    const many = this.client.getState().participants.length > manyPeople;
    const sender = this.publisher?.connection.getSenders().find((s) => s.track?.kind === "video");
    const parameters = sender?.getParameters();
    const encoding = parameters?.encodings[0];
    const wanted = many ? 2 : 1;
    if (sender && parameters && encoding && (encoding.scaleResolutionDownBy ?? 1) !== wanted) {
      encoding.scaleResolutionDownBy = wanted;
      encoding.maxBitrate = many ? smallestBitrate : largestBitrate;
      void sender.setParameters(parameters).catch(() => undefined);
    }
  }

  // People come and go in bunches: one request answers for all.
  private resubscribe(): void {
    clearTimeout(this.coalesce);
    this.coalesce = setTimeout(() => {
      if (this.begun && this.publisher) {
        this.serially(() => this.receive());
      }
    }, 120);
  }

  private async receive(fresh = false): Promise<void> {
    const me = this.client.getState().me?.participantId;
    const wanted = Object.keys(this.state.sending).filter((p) => p !== me);
    const key = `${wanted.join()} ${this.state.audioOnly}`;
    if (
      (wanted.length === 0 && !this.subscriber) ||
      (!fresh && key === this.asked && this.subscriber?.connection.connectionState === "connected" && this.described.length > 0)
    ) {
      this.show();
      return;
    }

    this.asked = key;
    await this.accept(await this.client.subscribeTo(wanted, this.state.audioOnly ? [] : null, fresh || !this.subscriber));
  }

  private async accept(offer: ReceiveOffer): Promise<void> {
    if (!offer.sdp) {
      this.show();
      return;
    }

    if (offer.fresh || !this.subscriber) {
      this.subscriber?.close();
      this.subscriber = await this.connect("subscriber");
      this.subscriber.connection.ontrack = (event) => {
        this.transforms.receiver?.(event.receiver);
        this.show();
      };
    }

    const { connection } = this.subscriber;
    this.described = offer.streams;
    await connection.setRemoteDescription({ type: "offer", sdp: offer.sdp });
    await connection.setLocalDescription(await connection.createAnswer());
    await this.client.answer(connection.localDescription!.sdp);
    this.subscriber.answered();
    this.show();
  }

  private show(): void {
    const remotes: Record<string, Remote> = {};
    const transceivers = this.subscriber?.connection.getTransceivers() ?? [];
    for (const stream of this.described) {
      const transceiver = transceivers.find((t) => t.mid === stream.mid);
      if (transceiver && transceiver.direction !== "inactive" && transceiver.direction !== "stopped") {
        (remotes[stream.participantId] ??= { audio: null, video: null })[stream.kind] = transceiver.receiver.track;
      }
    }

    this.set({ remotes });
  }

  private async connect(side: "publisher" | "subscriber"): Promise<Peer> {
    const ice = await this.client.iceServersNow();
    const peer = new Peer(
      ice.map((s) => ({ urls: s.urls, username: s.username ?? undefined, credential: s.credential ?? undefined })),
      (candidate) => void this.client.call("Trickle", { for: side, candidate }).catch(() => undefined),
    );
    const { connection } = peer;
    connection.onconnectionstatechange = () => {
      if (connection.connectionState === "connected") {
        this.failures = 0;
        if (side === "publisher") {
          this.set({ status: "on" });
        }
      } else if (connection.connectionState === "failed") {
        // The hub's own reconnect rebuilds it when the whole line is away.
        if (this.client.getState().status === "in") {
          this.again();
        }
      }
    };
    return peer;
  }

  private drop(): void {
    this.publisher?.close();
    this.subscriber?.close();
    this.publisher = this.subscriber = null;
    this.described = [];
    this.asked = "";
    this.set({ remotes: {}, speaking: [] });
  }

  // One offer is in flight at a time.
  private serially(act: () => Promise<void>): void {
    this.queue = this.queue.then(() => (this.closed ? undefined : act())).catch((error) => this.closed || this.failed(refusalOf(error)));
  }

  private set(part: Partial<MediaState>): void {
    this.state = { ...this.state, ...part };
    this.listeners.forEach((listener) => listener());
  }
}
