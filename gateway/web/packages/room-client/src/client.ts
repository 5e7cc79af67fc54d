import { HttpTransportType, HubConnectionBuilder, LogLevel, type HubConnection } from "@microsoft/signalr";
import { applyEvent, entered, initialState, type RoomState } from "./state";
import {
  refusalOf,
  type Ended,
  type EnterAnswer,
  type IceServer,
  type MediaCall,
  type PictureSize,
  type ReceiveOffer,
  type RoomEvent,
  type Sending,
  type Ticket,
} from "./wire";

/** Why `join` gave no ticket, and whether asking again can help. */
export class JoinRefused extends Error {
  constructor(
    readonly code: string,
    readonly problem: unknown,
    readonly again: boolean,
  ) {
    super(code);
  }
}

export interface RoomClientOptions {
  /** Asks `POST /api/sessions/{id}/join`: once for each connection. Throws `JoinRefused`. */
  join: () => Promise<Ticket>;
  /** The page's origin. */
  origin: string;
}

const iceLastsMs = 5 * 60_000;

/** One person's line into one room. It reconnects by itself, with a new ticket and the cursors of what was seen. */
export class RoomClient {
  private state = initialState;
  private readonly listeners = new Set<() => void>();
  private readonly mediaListeners = new Set<(call: MediaCall) => void>();
  private readonly enteredListeners = new Set<() => void>();
  private hub: HubConnection | null = null;
  private attempt = 0;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private stopped = false;
  private ice: { servers: IceServer[]; at: number } | null = null;
  /** Set when a ticket is refused for good. */
  refusal: JoinRefused | null = null;

  constructor(private readonly options: RoomClientOptions) {}

  readonly getState = (): RoomState => this.state;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  /** Calls of the media plane. */
  onMedia(listener: (call: MediaCall) => void): () => void {
    this.mediaListeners.add(listener);
    return () => this.mediaListeners.delete(listener);
  }

  /** Each time that this person comes in: at admission and after a reconnect. */
  onIn(listener: () => void): () => void {
    this.enteredListeners.add(listener);
    return () => this.enteredListeners.delete(listener);
  }

  start(): void {
    this.stopped = false;
    this.set({ ...this.state, status: "connecting" });
    void this.connect();
    globalThis.addEventListener?.("online", this.hurry);
  }

  /** Ends the line without telling the room: `leave` tells it. */
  async stop(): Promise<void> {
    this.stopped = true;
    clearTimeout(this.timer);
    globalThis.removeEventListener?.("online", this.hurry);
    const hub = this.hub;
    this.hub = null;
    await hub?.stop();
  }

  async leave(): Promise<void> {
    try {
      await this.call("Leave");
    } finally {
      await this.stop();
      this.set({ ...this.state, status: "ended", ended: { reason: "left", terminal: true } });
    }
  }

  /** Calls a hub method. Throws `HubRefusal`. */
  async call<T = void>(method: string, argument?: unknown): Promise<T> {
    const hub = this.hub;
    if (!hub) {
      throw refusalOf("not connected");
    }

    try {
      return (argument === undefined ? await hub.invoke(method) : await hub.invoke(method, argument)) as T;
    } catch (error) {
      throw refusalOf(error);
    }
  }

  post(id: string, text: string, to: string): Promise<{ stream: string; seq: number; at: string }> {
    return this.call("Post", { id, text, to });
  }

  /** `audio`, `video`: whether these devices are on. */
  publish(offer: { sdp: string; audio: boolean; video: boolean }): Promise<{ sdp: string; participants: Sending[] }> {
    return this.call("Publish", offer);
  }

  /** `of`: everybody wished for; `videoOf`: whose pictures, `largeOf`: whose large ones; null for everybody's; `most`: how large they may be. */
  subscribeTo(wish: {
    of: string[];
    videoOf: string[] | null;
    largeOf: string[] | null;
    most: PictureSize;
    fresh: boolean;
  }): Promise<ReceiveOffer> {
    const { of, ...rest } = wish;
    return this.call("Subscribe", { participantIds: of, ...rest });
  }

  answer(sdp: string): Promise<void> {
    return this.call("Answer", { sdp });
  }

  /** Servers for a connection that is made now. The relay's credentials last ten minutes, and a connection needs them for a moment only. */
  async iceServersNow(): Promise<IceServer[]> {
    if (!this.ice || Date.now() - this.ice.at > iceLastsMs) {
      const { iceServers } = await this.call<{ iceServers: IceServer[] }>("IceServers");
      this.ice = { servers: iceServers, at: Date.now() };
    }

    return this.ice.servers;
  }

  private readonly hurry = () => {
    if (this.state.status === "reconnecting") {
      clearTimeout(this.timer);
      this.attempt = 0;
      void this.connect();
    }
  };

  private async connect(): Promise<void> {
    let hub: HubConnection | null = null;
    try {
      const ticket = await this.options.join();
      if (this.stopped) {
        return;
      }

      this.ice = { servers: ticket.iceServers, at: Date.now() };
      hub = new HubConnectionBuilder()
        .withUrl(this.options.origin + ticket.hub, { skipNegotiation: true, transport: HttpTransportType.WebSockets })
        .configureLogging(LogLevel.None)
        .build();
      hub.serverTimeoutInMilliseconds = 25_000;
      hub.keepAliveIntervalInMilliseconds = 10_000;
      const mine = hub;
      let end: Ended | null = null;
      // Events may come before the answer of Enter is handled: they wait for it.
      let early: RoomEvent[] | null = [];
      mine.on("events", (events: RoomEvent[]) => (early ? void early.push(...events) : this.told(events)));
      mine.on("media", (call: MediaCall) => this.mediaListeners.forEach((listener) => listener(call)));
      mine.on("ended", (ended: Ended) => {
        end = ended;
        if (ended.terminal) {
          this.finish(ended);
        }
      });
      mine.onclose(() => this.hub === mine && this.lost(end));
      await mine.start();
      const answer = (await mine.invoke("Enter", { ticket: ticket.ticket, cursors: this.state.cursors })) as EnterAnswer;
      if (this.stopped) {
        await mine.stop();
        return;
      }

      this.hub = mine;
      this.attempt = 0;
      this.set(entered(this.state, answer));
      const waited = early;
      early = null;
      const before = this.state.status;
      this.told(waited);
      if (before === "in" && this.state.status === "in") {
        this.tellIn();
      }
    } catch (error) {
      void hub?.stop();
      if (error instanceof JoinRefused && !error.again) {
        this.refusal = error;
        this.set({ ...this.state, status: "refused" });
      } else if (!this.stopped && this.state.status !== "ended") {
        const refused = error instanceof JoinRefused ? null : refusalOf(error);
        if (refused?.code === "removed" || refused?.code === "room-locked") {
          this.finish({ reason: refused.code, terminal: true });
        } else {
          this.later();
        }
      }
    }
  }

  private told(events: RoomEvent[]): void {
    const before = this.state.status;
    this.set(events.reduce(applyEvent, this.state));
    if (before !== "in" && this.state.status === "in") {
      this.tellIn();
    }
  }

  private tellIn(): void {
    this.enteredListeners.forEach((listener) => listener());
  }

  private lost(end: Ended | null): void {
    this.hub = null;
    if (end?.terminal) {
      this.finish(end);
    } else if (!this.stopped && this.state.status !== "ended") {
      this.later();
    }
  }

  private finish(ended: Ended): void {
    this.stopped = true;
    clearTimeout(this.timer);
    this.set({ ...this.state, status: "ended", ended });
  }

  // At once, then later and later up to ten seconds, spread so that a room does not come back in one instant.
  private later(): void {
    const wait = this.attempt === 0 ? 0 : Math.min(10_000, 500 * 2 ** this.attempt) * (0.5 + Math.random() / 2);
    this.attempt++;
    this.set({ ...this.state, status: this.state.me ? "reconnecting" : "connecting" });
    clearTimeout(this.timer);
    this.timer = setTimeout(() => void this.connect(), wait);
  }

  private set(state: RoomState): void {
    if (state !== this.state) {
      this.state = state;
      this.listeners.forEach((listener) => listener());
    }
  }
}
