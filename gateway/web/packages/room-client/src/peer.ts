import type { RoomClient } from "./client";
import type { IceServer } from "./wire";

const plain = ({ urls, username, credential }: IceServer): RTCIceServer => ({
  urls,
  username: username ?? undefined,
  credential: credential ?? undefined,
});

/** A peer connection whose candidates wait until its description has been answered. */
export class Peer {
  readonly connection: RTCPeerConnection;
  private waiting: (RTCIceCandidateInit | null)[] | null = [];

  constructor(
    ice: IceServer[],
    private readonly send: (candidate: RTCIceCandidateInit | null) => void,
  ) {
    this.connection = new RTCPeerConnection({ bundlePolicy: "max-bundle", iceServers: ice.map(plain) });
    this.connection.onicecandidate = ({ candidate }) => {
      const one = candidate && candidate.candidate !== "" ? candidate.toJSON() : null;
      if (this.waiting) {
        this.waiting.push(one);
      } else {
        this.send(one);
      }
    };
  }

  answered(): void {
    this.waiting?.forEach((c) => this.send(c));
    this.waiting = null;
  }

  close(): void {
    this.connection.onicecandidate = this.connection.onconnectionstatechange = this.connection.ontrack = null;
    this.connection.close();
  }
}

/** A connection of one side of a call, signalled through the hub. `changed`: it has another state. */
export async function connect(
  client: RoomClient,
  side: "publisher" | "subscriber",
  changed: (state: RTCPeerConnectionState) => void,
): Promise<Peer> {
  const peer = new Peer(
    await client.iceServersNow(),
    (candidate) => void client.call("Trickle", { for: side, candidate }).catch(() => undefined),
  );
  peer.connection.onconnectionstatechange = () => changed(peer.connection.connectionState);
  return peer;
}
