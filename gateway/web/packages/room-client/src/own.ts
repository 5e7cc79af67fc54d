import type { RoomClient } from "./client";
import type { Transforms } from "./mediastate";
import type { Peer } from "./peer";
import { Sender, type Tracks } from "./sender";
import type { Sending } from "./wire";

/** This person's tracks, and which of their devices are on, as the others are told. */
export class Own {
  private sender: Sender | null = null;
  private tracks: Tracks = { audio: null, video: null };
  private devices = { audio: true, video: true };
  private people = 0;
  private paused = false;

  constructor(
    private readonly client: RoomClient,
    private readonly transform: Transforms["sender"],
  ) {}

  get connection(): RTCPeerConnection | undefined {
    return this.sender?.peer.connection;
  }

  setTracks(tracks: Tracks): void {
    this.tracks = tracks;
    this.sender?.setTracks(tracks);
  }

  setDevices(audio: boolean, video: boolean): void {
    if (audio !== this.devices.audio || video !== this.devices.video) {
      this.devices = { audio, video };
      this.tell();
    }
  }

  /** Sends sound alone while the line carries no more. */
  pausePicture(paused: boolean): void {
    if (paused !== this.paused) {
      this.paused = paused;
      this.sender?.pausePicture(paused);
      this.tell();
    }
  }

  fitTo(people: number): void {
    this.people = people;
    this.sender?.fitTo(people);
  }

  /** Sends over a new connection. Resolves to who sends. */
  async publish(peer: Peer): Promise<Sending[]> {
    const sender = (this.sender = Sender.begin(peer, this.tracks, this.transform));
    const { sdp, participants } = await this.client.publish({ sdp: await sender.offer(), ...this.shown() });
    await sender.answered(sdp);
    sender.fitTo(this.people);
    sender.pausePicture(this.paused);
    return participants;
  }

  close(): void {
    this.sender?.close();
    this.sender = null;
  }

  // A picture that the line does not carry is none for the others: they see a name, not a frozen face.
  private shown(): { audio: boolean; video: boolean } {
    return { ...this.devices, video: this.devices.video && !this.paused };
  }

  private tell(): void {
    if (this.sender) {
      void this.client.call("Devices", this.shown()).catch(() => undefined);
    }
  }
}
