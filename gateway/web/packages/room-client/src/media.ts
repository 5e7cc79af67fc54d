import type { RoomClient } from "./client";
import { Own } from "./own";
import { connect, type Peer } from "./peer";
import { LineWatch } from "./linewatch";
import { hasCall, listensOnly, noted, nothing, type MediaState, type Transforms } from "./mediastate";
import { Receiver } from "./receiver";
import { subscribe } from "./subscribe";
import { Told } from "./told";
import { Turns } from "./turns";
import { wishOf, type Wish } from "./wish";
import { refusalOf, type HubRefusal, type MediaCall, type ReceiveOffer, type Sending } from "./wire";

const unheardForMs = 8000;
const laterMs = (failures: number) => Math.min(10_000, 150 * 2 ** failures);

/** A person's media: one connection that sends, and one that receives everybody. All signalling goes through the hub. */
export class MediaLink extends Told<MediaState> {
  private readonly own: Own;
  private receiver: Receiver | null = null;
  private large: string[] | null = null;
  private readonly turns = new Turns((error) => this.failed(refusalOf(error)));
  private readonly undo: (() => void)[];
  private timer: ReturnType<typeof setTimeout> | undefined;
  private coalesce: typeof this.timer;
  private failures = 0;
  private unanswered = 0;
  private closed = false;
  private asked = "";
  /** How often the server told who sends. */
  private heard = 0;
  /** Another one for each offer: the one before needs no answer any more. */
  private offered = 0;
  private sends = false;
  private built = false;
  private unheard: typeof this.timer;
  private readonly watch: LineWatch;

  constructor(
    private readonly client: RoomClient,
    private readonly transforms: Transforms = {},
  ) {
    super(nothing);
    this.own = new Own(client, transforms.sender);
    this.undo = [client.onIn(() => this.cameIn()), client.onMedia((call) => this.told(call)), client.subscribe(() => this.roomChanged())];
    const connections = () => [this.own.connection, this.receiver?.peer.connection] as const;
    const isOn = () => this.state.status === "on" && client.getState().status === "in";
    this.watch = new LineWatch(() => (isOn() ? connections() : null), this.lineIs.bind(this));
  }

  /** The tracks to send. A null track sends nothing; what the facilitator has muted is stopped at the server. */
  setTracks(audio: MediaStreamTrack | null, video: MediaStreamTrack | null): void {
    this.own.setTracks({ audio, video });
  }

  /** Which devices are on, for the others to be told. */
  setDevices(audio: boolean, video: boolean): void {
    this.own.setDevices(audio, video);
  }

  private lineIs(line: MediaState["line"]): void {
    this.set({ line });
    this.own.pausePicture(line.sends === "paused");
    this.resubscribe();
  }

  /** The participants whose pictures are shown large; null for all. The others come small. */
  setLarge(participantIds: string[] | null): void {
    this.large = participantIds;
    this.resubscribe();
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

  /** Looks whether a call that was out of sight is alive: a phone freezes pages, and tells of no failure. */
  awake(): void {
    if (this.begun && this.isAny("failed", "disconnected") && this.state.status !== "elsewhere") {
      this.set({ status: "reconnecting" });
      this.rebuild();
    }
  }

  private isAny(...states: RTCPeerConnectionState[]): boolean {
    return [this.own.connection, this.receiver?.peer.connection].some((c) => c && states.includes(c.connectionState));
  }

  close(): void {
    this.closed = true;
    [this.timer, this.coalesce].forEach(clearTimeout);
    this.watch.close();
    this.undo.forEach((undo) => undo());
    this.drop();
  }

  private get begun(): boolean {
    return hasCall(this.client.getState());
  }

  private cameIn(): void {
    this.failures = 0;
    if (!this.client.getState().media.on) {
      this.drop();
      this.set({ status: "unavailable" });
    } else if (this.state.status === "elsewhere") {
      return;
    } else if (this.built && (this.sends || listensOnly(this.client.getState())) && !this.isAny("failed", "closed")) {
      // Only the line to the hub was away: the call lives, and this connection takes it over.
      clearTimeout(this.timer);
      this.asked = "";
      if (this.state.status === "reconnecting") {
        this.set({ status: "on" });
      }

      this.turns.take(() => this.receive());
    } else {
      this.rebuild();
    }
  }

  // The session is opened after staff came in; a person who is sent out or removed has no call.
  private roomChanged(): void {
    const { status, participants } = this.client.getState();
    if (status === "waiting" || status === "ended" || status === "refused") {
      if (this.built) {
        this.drop();
        this.set({ status: "off" });
      }
    } else if (this.begun && this.state.status === "off" && !this.closed) {
      this.rebuild();
    } else if (this.begun && this.asked !== this.wish().key) {
      this.resubscribe();
    }

    this.own.fitTo(participants.length);
  }

  private told(call: MediaCall): void {
    switch (call.type) {
      case "publishers":
        this.heard++;
        this.know(call.participants);
        if (this.asked === "") {
          this.resubscribe();
        }

        break;
      case "offer": {
        const offered = ++this.offered;
        this.turns.take(async () => (offered === this.offered ? this.accept(call) : undefined));
        break;
      }
      case "moved":
        this.set({ status: "reconnecting" });
        this.rebuild();
        break;
      case "replaced":
        this.drop();
        this.set({ status: "elsewhere" });
        break;
      default:
        this.set(noted(this.state, call));
    }
  }

  private know(participants: Sending[]): void {
    const me = this.client.getState().me?.participantId;
    this.set({ sending: Object.fromEntries(participants.map((p) => [p.participantId, p])) });
    clearTimeout(this.unheard);
    if (me && this.sends && !this.state.sending[me]) {
      // The server has lost what this page sends, and the page has not noticed. Another window's taking over is told in between.
      this.unheard = setTimeout(() => this.again(), unheardForMs);
    }
  }

  private rebuild(): void {
    clearTimeout(this.timer);
    this.drop();
    if (this.closed || !this.begun) {
      return;
    }

    this.set({ status: this.state.status === "reconnecting" ? "reconnecting" : "connecting" });
    this.turns.take(async () => {
      if (this.begun) {
        this.built = true;
        await Promise.all([listensOnly(this.client.getState()) ? undefined : this.publish(), this.receive(true)]);
      }
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
        // Where the room says otherwise, this page is behind, or the server was: it asks once more.
        this.timer = setTimeout(() => !this.closed && this.state.status === "off" && this.rebuild(), 3000);
        break;
      case "not-found":
        this.asked = "";
        this.resubscribe(500);
        break;
      default:
        this.again();
    }
  }

  // Later and later; the room works by chat meanwhile. While the hub is away nothing is given up: coming in again decides.
  private again(): void {
    if (this.client.getState().status !== "in") {
      this.asked = "";
      return;
    }

    this.failures++;
    this.set({ status: "reconnecting" });
    clearTimeout(this.timer);
    this.timer = setTimeout(() => !this.closed && this.client.getState().status === "in" && this.rebuild(), laterMs(this.failures));
  }

  private async publish(): Promise<void> {
    const era = this.turns.era;
    // A call that this person had before, from here or from a page that was loaded anew, makes room.
    const [peer] = await Promise.all([this.connect("publisher"), this.client.call("Unpublish").catch(() => undefined)]);
    if (era !== this.turns.era) {
      peer.close();
      return;
    }

    const heard = this.heard;
    const participants = await this.own.publish(peer);
    if (era === this.turns.era) {
      this.sends = true;
      // What was told while the browser took the answer is newer than the list in it.
      this.know(heard === this.heard ? participants : Object.values(this.state.sending));
    }
  }

  // People come and go in bunches: one request answers for all.
  private resubscribe(afterMs = 120): void {
    this.coalesce ??= setTimeout(() => {
      this.coalesce = undefined;
      if (this.begun && this.built) {
        this.turns.take(() => this.receive());
      }
    }, afterMs);
  }

  private wish(): Wish {
    return wishOf(this.client.getState(), this.state.audioOnly, this.large, this.state.line.receives);
  }

  private async receive(fresh = false): Promise<void> {
    const { key, ...wish } = this.wish();
    const offer = fresh || key !== this.asked ? await this.ask(key, wish, fresh) : null;
    if (offer) {
      await this.accept(offer);
    }
  }

  // Media that flow go on while the hub or the media server cannot answer: only the request is repeated.
  private async ask(key: string, wish: Omit<Wish, "key">, fresh: boolean): Promise<ReceiveOffer | null> {
    this.asked = key;
    try {
      const { offer, isWhole } = await subscribe(this.client, { ...wish, fresh }, (p) => p in this.state.sending);
      // An offer stands in the answer only when none waits: one that came before it has been overtaken.
      this.offered += offer.sdp ? 1 : 0;
      [this.unanswered, this.asked] = [0, isWhole ? this.asked : ""];
      return offer;
    } catch (error) {
      if (fresh || refusalOf(error).code !== "try-again" || !this.receiver || !!this.isAny("failed", "closed")) {
        throw error;
      }

      this.asked = "";
      this.resubscribe(Math.min(2_000, laterMs(++this.unanswered)));
      return null;
    }
  }

  private async accept(offer: ReceiveOffer): Promise<void> {
    const era = this.turns.era;
    if (offer.sdp) {
      if (offer.fresh || !this.receiver) {
        const peer = await this.connect("subscriber");
        if (era !== this.turns.era) {
          peer.close();
          return;
        }

        this.receiver?.close();
        this.receiver = new Receiver(peer, () => this.show(), this.transforms.receiver);
      }

      const receiver = this.receiver;
      await this.client.answer(await receiver.accept(offer));
      receiver.peer.answered();
    }

    this.show();
  }

  private show(): void {
    this.set({ remotes: this.receiver?.remotes() ?? {} });
  }

  private connect(side: "publisher" | "subscriber"): Promise<Peer> {
    return connect(this.client, side, (state) => {
      if (state === "connected") {
        this.failures = 0;
        if (side === "publisher" || listensOnly(this.client.getState())) {
          this.set({ status: "on" });
        }
      } else if (state === "failed" && this.client.getState().status === "in") {
        // The hub's own reconnect rebuilds it when the whole line is away.
        this.again();
      }
    });
  }

  private drop(): void {
    this.own.close();
    this.receiver?.close();
    this.receiver = null;
    this.turns.renew();
    [this.asked, this.sends, this.built] = ["", false, false];
    clearTimeout(this.unheard);
    this.watch.renew();
    this.set({ remotes: {}, speaking: [], pictures: "full" });
  }
}
