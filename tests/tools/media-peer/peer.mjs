// WebRTC people without a browser. Reads commands as JSON lines ({id, do, peer, ...}), answers each with a line {id, ...}.
// Every peer has one connection that sends made-up sound and pictures, and one that receives and counts packets.
import { createInterface } from "node:readline";
import { MediaStreamTrack, RTCPeerConnection, RtpHeader, RtpPacket, RTCRtpCodecParameters } from "werift";
import { keepEarly } from "./early.mjs";

const codecs = {
  audio: [new RTCRtpCodecParameters({ mimeType: "audio/opus", clockRate: 48000, channels: 2, payloadType: 111 })],
  video: [new RTCRtpCodecParameters({
    mimeType: "video/VP8", clockRate: 90000, payloadType: 96,
    rtcpFeedback: [{ type: "nack" }, { type: "nack", parameter: "pli" }, { type: "goog-remb" }],
  })],
};
const peers = new Map();

function connection(options = {}) {
  return keepEarly(new RTCPeerConnection({
    codecs, iceServers: options.iceServers ?? [], iceTransportPolicy: options.relay ? "relay" : "all", bundlePolicy: "max-bundle",
    iceAdditionalHostAddresses: ["127.0.0.1"], iceInterfaceAddresses: { udp4: "127.0.0.1" }, iceUseIpv6: false,
  }));
}

function peerOf(name) {
  if (!peers.has(name)) peers.set(name, { sends: null, receives: null, timers: [], counts: {}, last: {} });
  return peers.get(name);
}

function pump(peer, track, payloadType, interval, step, size) {
  let sequence = Math.floor(Math.random() * 30000), timestamp = Math.floor(Math.random() * 1e9);
  const ssrc = Math.floor(Math.random() * 0x7fffffff);
  peer.timers.push(setInterval(() => {
    sequence = (sequence + 1) & 0xffff;
    timestamp = (timestamp + step) >>> 0;
    const header = new RtpHeader({ version: 2, payloadType, sequenceNumber: sequence, timestamp, ssrc, marker: true });
    track.writeRtp(new RtpPacket(header, Buffer.alloc(size, 0x10)));
  }, interval));
}

const acts = {
  async offer({ peer: name, audio = true, video = true, relay, iceServers }) {
    const peer = peerOf(name);
    const pc = (peer.sends = connection({ relay, iceServers }));
    if (audio) {
      const track = new MediaStreamTrack({ kind: "audio" });
      pc.addTransceiver(track, { direction: "sendonly" });
      pump(peer, track, 111, 20, 960, 60);
    }
    if (video) {
      const track = new MediaStreamTrack({ kind: "video" });
      pc.addTransceiver(track, { direction: "sendonly" });
      pump(peer, track, 96, 40, 3600, 400);
    }
    await pc.setLocalDescription(await pc.createOffer());
    return { sdp: pc.localDescription.sdp };
  },
  async answered({ peer: name, sdp }) {
    await peerOf(name).sends.setRemoteDescription({ type: "answer", sdp });
    return {};
  },
  async receive({ peer: name, sdp, fresh, relay, iceServers }) {
    const peer = peerOf(name);
    if (fresh || !peer.receives) {
      // Not waited for: a server that hangs does not say goodbye.
      peer.receives?.close().catch(() => undefined);
      peer.receives = connection({ relay, iceServers });
      peer.receives.onRemoteTransceiverAdded.subscribe((transceiver) => transceiver.onTrack.subscribe((track) => track.onReceiveRtp.subscribe(() => {
        const mid = transceiver.mid;
        peer.counts[mid] = (peer.counts[mid] ?? 0) + 1;
        peer.last[mid] = Date.now();
      })));
    }
    await peer.receives.setRemoteDescription({ type: "offer", sdp });
    await peer.receives.setLocalDescription(await peer.receives.createAnswer());
    return { sdp: peer.receives.localDescription.sdp };
  },
  async stats({ peer: name }) {
    const peer = peerOf(name);
    const used = (pc) => pc?.iceTransports?.[0]?.connection?.nominated?.localCandidate?.type ?? "none";
    return {
      sends: peer.sends?.connectionState ?? "none", receives: peer.receives?.connectionState ?? "none", counts: peer.counts, last: peer.last,
      now: Date.now(), sendsBy: used(peer.sends), receivesBy: used(peer.receives),
    };
  },
  // Packets that come to this peer are dropped before anything of it sees them.
  async lose({ peer: name, percent }) {
    const peer = peerOf(name);
    for (const transport of peer.receives.iceTransports) {
      const { onData } = transport.connection;
      peer.given ??= onData.execute.bind(onData);
      onData.execute = (data, ...rest) => {
        if (!(data[0] > 127 && data[0] < 192 && Math.random() * 100 < percent)) peer.given(data, ...rest);
      };
    }
    return {};
  },
  async close({ peer: name }) {
    const peer = peerOf(name);
    peer.timers.forEach(clearInterval);
    await peer.sends?.close();
    await peer.receives?.close();
    peers.delete(name);
    return {};
  },
};

for await (const line of createInterface({ input: process.stdin })) {
  const command = JSON.parse(line);
  acts[command.do](command).then(
    (answer) => process.stdout.write(JSON.stringify({ id: command.id, ...answer }) + "\n"),
    (e) => process.stdout.write(JSON.stringify({ id: command.id, error: String(e?.stack ?? e) }) + "\n"));
}
process.exit(0);
