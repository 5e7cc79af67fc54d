import { Peer } from "./peer";

/** The tracks to send: a null track sends nothing. */
export interface Tracks {
  audio: MediaStreamTrack | null;
  video: MediaStreamTrack | null;
}

// Two sizes of the same picture; a receiver gets the one that fits its tile. The larger one stands first, as the media server reads them.
const layers: RTCRtpEncodingParameters[] = [
  { rid: "h", maxBitrate: 500_000 },
  { rid: "l", maxBitrate: 120_000, scaleResolutionDownBy: 2 },
];
const largestInACrowd = 300_000;
const manyPeople = 6;

/** The connection that sends one's own sound and picture. */
export class Sender {
  private crowd = false;
  private paused = false;
  private changing: Promise<unknown> = Promise.resolve();

  private constructor(
    readonly peer: Peer,
    private readonly audio: RTCRtpTransceiver,
    private readonly video: RTCRtpTransceiver,
  ) {}

  static begin(peer: Peer, tracks: Tracks, transform?: (sender: RTCRtpSender) => void): Sender {
    const audio = peer.connection.addTransceiver(tracks.audio ?? "audio", { direction: "sendonly" });
    const video = peer.connection.addTransceiver(tracks.video ?? "video", { direction: "sendonly", sendEncodings: layers });
    [audio, video].forEach((t) => transform?.(t.sender));
    return new Sender(peer, audio, video);
  }

  /** @returns the offer's description. */
  async offer(): Promise<string> {
    const { connection } = this.peer;
    await connection.setLocalDescription(await connection.createOffer());
    return connection.localDescription!.sdp;
  }

  async answered(sdp: string): Promise<void> {
    await this.peer.connection.setRemoteDescription({ type: "answer", sdp });
    this.peer.answered();
  }

  setTracks(tracks: Tracks): void {
    void this.audio.sender.replaceTrack(tracks.audio).catch(() => undefined);
    void this.video.sender.replaceTrack(tracks.video).catch(() => undefined);
  }

  /** In a large group nobody fills a screen: the larger picture may cost less. */
  fitTo(people: number): void {
    this.change(people > manyPeople, this.paused);
  }

  /** Sends sound alone, or the picture again. */
  pausePicture(paused: boolean): void {
    this.change(this.crowd, paused);
  }

  // One change after the other: a browser takes parameters only as they were read last.
  private change(crowd: boolean, paused: boolean): void {
    if (crowd === this.crowd && paused === this.paused) {
      return;
    }

    [this.crowd, this.paused] = [crowd, paused];
    this.changing = this.changing
      .then(() => {
        const parameters = this.video.sender.getParameters();
        const [largest] = parameters.encodings;
        if (!largest) {
          return;
        }

        largest.maxBitrate = this.crowd ? largestInACrowd : layers[0]!.maxBitrate;
        parameters.encodings.forEach((e) => (e.active = !this.paused));
        return this.video.sender.setParameters(parameters);
      })
      .catch(() => undefined);
  }

  close(): void {
    this.peer.close();
  }
}
