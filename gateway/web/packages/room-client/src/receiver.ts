import { Peer } from "./peer";
import type { MediaStream as Described, ReceiveOffer } from "./wire";

export interface Remote {
  audio: MediaStreamTrack | null;
  video: MediaStreamTrack | null;
}

/** The connection that receives everybody's sound and pictures. */
export class Receiver {
  private described: Described[] = [];

  constructor(
    readonly peer: Peer,
    shown: () => void,
    transform?: (receiver: RTCRtpReceiver) => void,
  ) {
    peer.connection.ontrack = (event) => {
      transform?.(event.receiver);
      shown();
    };
  }

  /** @returns the answer's description. */
  async accept(offer: ReceiveOffer): Promise<string> {
    const { connection } = this.peer;
    this.described = offer.streams;
    await connection.setRemoteDescription({ type: "offer", sdp: offer.sdp! });
    await connection.setLocalDescription(await connection.createAnswer());
    return connection.localDescription!.sdp;
  }

  /** Tracks by participant. */
  remotes(): Record<string, Remote> {
    const remotes: Record<string, Remote> = {};
    const transceivers = this.peer.connection.getTransceivers();
    for (const stream of this.described) {
      const transceiver = transceivers.find((t) => t.mid === stream.mid);
      if (transceiver && transceiver.direction !== "inactive" && transceiver.direction !== "stopped") {
        (remotes[stream.participantId] ??= { audio: null, video: null })[stream.kind] = transceiver.receiver.track;
      }
    }

    return remotes;
  }

  close(): void {
    this.peer.close();
  }
}
