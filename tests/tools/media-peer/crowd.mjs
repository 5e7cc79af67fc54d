// Many people in calls, in one process: each sends made-up sound and pictures and receives everybody else's. Reads commands as JSON lines ({id, do, ...}),
// answers each with a line {id, ...}. Packets that arrive are counted by their header alone; decrypting them would cost more than the server that is measured.
import { createInterface } from "node:readline";
import { MediaStreamTrack, RTCPeerConnection, RtpHeader, RtpPacket, RTCRtpCodecParameters } from "werift";
import WebSocket from "ws";
import { keepEarly } from "./early.mjs";

const codecs = {
  audio: [new RTCRtpCodecParameters({ mimeType: "audio/opus", clockRate: 48000, channels: 2, payloadType: 111 })],
  video: [new RTCRtpCodecParameters({ mimeType: "video/VP8", clockRate: 90000, payloadType: 96, rtcpFeedback: [{ type: "nack", parameter: "pli" }] })],
};
const now = () => performance.timeOrigin + performance.now();
const people = new Map();
const plain = { socket: null, pending: new Map(), sequence: 0 };

const connection = () => {
  const pc = new RTCPeerConnection({
    codecs, iceServers: [], bundlePolicy: "max-bundle",
    iceAdditionalHostAddresses: ["127.0.0.1"], iceInterfaceAddresses: { udp4: "127.0.0.1" }, iceUseIpv6: false,
  });
  return keepEarly(pc);
};

// One clock for all senders: a timer each would cost more than what they send.
const sending = new Set();
setInterval(() => {
  const at = now();
  for (const sender of sending) {
    for (; sender.due <= at; sender.due += sender.every) {
      sender.sequence = (sender.sequence + 1) & 0xffff;
      sender.timestamp = (sender.timestamp + sender.step) >>> 0;
      const header = new RtpHeader({
        version: 2, payloadType: sender.payloadType, sequenceNumber: sender.sequence, timestamp: sender.timestamp, ssrc: sender.ssrc, marker: true,
      });
      sender.track.writeRtp(new RtpPacket(header, sender.payload));
    }
  }
}, 5);

function pump(kind) {
  const track = new MediaStreamTrack({ kind });
  const audio = kind === "audio";
  return {
    track, kind, payloadType: audio ? 111 : 96, every: audio ? 20 : 40, step: audio ? 960 : 3600, payload: Buffer.alloc(audio ? 80 : 800, 0x10),
    sequence: Math.floor(Math.random() * 30000), timestamp: Math.floor(Math.random() * 1e9), ssrc: Math.floor(Math.random() * 0x7fffffff), due: now(),
  };
}

async function offer(person) {
  await stop(person, "sends");
  person.pumps = [pump("audio"), pump("video")];
  const pc = (person.sends = connection());
  person.pumps.forEach((p) => pc.addTransceiver(p.track, { direction: "sendonly" }));
  await pc.setLocalDescription(await pc.createOffer());
  return pc.localDescription.sdp;
}

// People send spread over the ticks of the clock by their number, however soon they came after each other: packets that arrive at once cost a server less.
function phase(person, every) {
  const number = Number(person.name.split("/").at(-1)) || 0;
  return Math.ceil(now() / every) * every + ((number * 5) % every);
}

async function answered(person, sdp) {
  await person.sends.setRemoteDescription({ type: "answer", sdp });
  person.pumps.forEach((p) => ((p.due = phase(person, p.every)), sending.add(p)));
}

async function stop(person, side) {
  if (side === "sends") person.pumps?.forEach((p) => sending.delete(p));
  const pc = person[side];
  person[side] = null;
  // Not waited for: a server that hangs does not say goodbye.
  pc?.close().catch(() => undefined);
}

async function accept(person, sdp, streams, fresh) {
  if (fresh || !person.receives) {
    await stop(person, "receives");
    person.receives = connection();
    person.received = new Map();
  }
  const pc = person.receives;
  await pc.setRemoteDescription({ type: "offer", sdp });
  await pc.setLocalDescription(await pc.createAnswer());
  const byMid = new Map(streams.map((s) => [s.mid, s]));
  for (const section of sdp.split("\r\nm=").slice(1)) {
    const stream = byMid.get(/^a=mid:(.*)$/m.exec(section)?.[1]);
    const ssrc = /^a=ssrc:(\d+) /m.exec(section)?.[1];
    if (stream && ssrc && !person.received.has(+ssrc))
      person.received.set(+ssrc, { from: stream.participantId, kind: stream.kind, count: 0, lost: 0, first: 0, last: 0, sequence: -1 });
  }
  if (!person.listens || person.listens !== pc) listen(person, pc);
  return pc.localDescription.sdp;
}

// RTP is counted and goes no further; what is not RTP (the handshake, too) takes its usual way.
function listen(person, pc) {
  person.listens = pc;
  const heard = new Set();
  const hear = () => {
    for (const { connection: { onData } } of pc.iceTransports.filter((t) => !heard.has(t) && heard.add(t))) {
      const pass = onData.execute.bind(onData);
      onData.execute = (data, ...rest) => (data[0] < 128 || data[0] > 191 ? pass(data, ...rest) : count(person, data));
    }
  };
  hear();
  pc.connectionStateChange.subscribe((state) => {
    hear();
    if (state === "failed" && person.receives === pc && !person.room) again(person);
  });
}

function count(person, data) {
  if (data.length < 12 || (data[1] & 0x7f) >= 64 && (data[1] & 0x7f) <= 95) return;
  const stream = person.received.get(data.readUInt32BE(8));
  if (!stream) return;
  const sequence = data.readUInt16BE(2);
  const ahead = stream.sequence < 0 ? 1 : (sequence - stream.sequence) & 0xffff;
  if (ahead === 0 || ahead > 0x7fff) return;
  stream.lost += Math.min(ahead - 1, 1000);
  stream.sequence = sequence;
  stream.count++;
  stream.last = now();
  if (!stream.first) {
    stream.first = stream.last;
    seen(person, stream);
  }
}

// The first picture of anybody, and of everybody that this person was told to expect.
function seen(person, stream) {
  if (stream.kind !== "video") return;
  person.firstAt ??= stream.first;
  const all = [...person.received.values()].filter((s) => s.kind === "video");
  if (all.length >= person.expects && all.every((s) => s.first)) person.allAt ??= stream.first;
}

// ---- Through the hub, as a page does ----
async function hubConnect(person) {
  const socket = (person.hub = new WebSocket(person.url, { headers: person.headers }));
  person.calls = new Map();
  person.queue = Promise.resolve();
  await new Promise((done, fail) => socket.once("open", done).once("error", fail));
  socket.send('{"protocol":"json","version":1}\x1e');
  socket.on("message", (text) => {
    for (const record of text.toString().split("\x1e").filter(Boolean)) {
      const message = JSON.parse(record);
      if (message.type === 3) {
        const call = person.calls.get(message.invocationId);
        person.calls.delete(message.invocationId);
        message.error ? call?.fail(new Error(message.error)) : call?.done(message.result);
      } else if (message.type === 1 && message.target === "media") told(person, message.arguments[0]);
      else if (message.type === 6) socket.send('{"type":6}\x1e');
    }
  });
  socket.on("error", () => undefined);
  socket.on("close", () => {
    person.error = "the hub closed the connection";
    person.calls.forEach(({ fail }) => fail(new Error(person.error)));
  });
}

function call(person, target, ...args) {
  const invocationId = String((person.sequence = (person.sequence ?? 0) + 1));
  return new Promise((done, fail) => {
    if (person.hub.readyState !== WebSocket.OPEN) return fail(new Error("the hub is away"));
    person.calls.set(invocationId, { done, fail });
    person.hub.send(JSON.stringify({ type: 1, invocationId, target, arguments: args }) + "\x1e");
  });
}

function told(person, media) {
  if (media.type === "offer" && person.receiving)
    person.queue = person.queue.then(async () => call(person, "Answer", { sdp: await accept(person, media.sdp, media.streams, media.fresh) }))
      .catch(noted(person));
  if (media.type === "moved" && person.receiving) {
    person.movedAt ??= now();
    again(person);
  }
}

// Both connections anew, after the media moved; again and again until it works.
function again(person) {
  person.era = (person.era ?? 0) + 1;
  const era = person.era;
  person.queue = person.queue.catch(() => undefined).then(async () => {
    if (era !== person.era) return;
    [person.firstAt, person.allAt] = [null, null];
    await stop(person, "receives");
    await Promise.all([publish(person), subscribe(person)]);
  }).catch((e) => (noted(person)(e), era === person.era && setTimeout(() => again(person), 150)));
}

const noted = (person) => (e) => (person.error = String(e?.message ?? e));

async function publish(person) {
  const { sdp } = await call(person, "Publish", { sdp: await offer(person) });
  await answered(person, sdp);
}

async function subscribe(person) {
  person.receiving = true;
  const answer = await call(person, "Subscribe", { participantIds: person.others, fresh: true });
  if (answer.sdp) await call(person, "Answer", { sdp: await accept(person, answer.sdp, answer.streams, answer.fresh) });
}

// ---- Straight at the media server, without us ----
async function plainConnect({ url, secret }) {
  const socket = (plain.socket = new WebSocket(url, "janus-protocol"));
  plain.secret = secret;
  await new Promise((done, fail) => socket.once("open", done).once("error", fail));
  socket.on("message", (text) => {
    const message = JSON.parse(text);
    const pending = plain.pending.get(message.transaction);
    if (!pending || (message.janus === "ack" && pending.skipsAck)) return;
    plain.pending.delete(message.transaction);
    message.janus === "error" || message.plugindata?.data?.error ? pending.fail(new Error(JSON.stringify(message))) : pending.done(message);
  });
}

function ask(message, skipsAck = false) {
  const transaction = String(++plain.sequence);
  return new Promise((done, fail) => {
    plain.pending.set(transaction, { done, fail, skipsAck });
    plain.socket.send(JSON.stringify({ ...message, transaction, apisecret: plain.secret }));
  });
}

async function plainPublish(person) {
  const session = (person.session = (await ask({ janus: "create" })).data.id);
  setInterval(() => ask({ janus: "keepalive", session_id: session }).catch(() => undefined), 5000).unref();
  const attach = async () => (await ask({ janus: "attach", session_id: session, plugin: "janus.plugin.videoroom" })).data.id;
  const handle = await attach();
  const to = { janus: "message", session_id: session, handle_id: handle };
  const joined = await ask({ ...to, body: { request: "join", ptype: "publisher", room: person.room, id: person.me } }, true);
  person.privateId = joined.plugindata.data.private_id;
  const sdp = await offer(person);
  const answer = await ask({ ...to, body: { request: "publish" }, jsep: { type: "offer", sdp } }, true);
  await answered(person, answer.jsep.sdp);
  await connected(person.sends);
  person.attach = attach;
}

// A person who is still connecting cannot be subscribed to.
const connected = (pc) => new Promise((done) => {
  const timer = setInterval(() => pc.connectionState === "connected" && done(clearInterval(timer)), 50);
});

async function plainSubscribe(person) {
  const handle = await person.attach();
  const offered = await ask({
    janus: "message", session_id: person.session, handle_id: handle,
    body: {
      request: "join", ptype: "subscriber", room: person.room, private_id: person.privateId, use_msid: false, autoupdate: false,
      streams: person.others.map((feed) => ({ feed })),
    },
  }, true);
  const streams = offered.plugindata.data.streams.map((s) => ({ mid: s.mid, participantId: s.feed_id, kind: s.type }));
  const sdp = await accept(person, offered.jsep.sdp, streams, true);
  await ask({ janus: "message", session_id: person.session, handle_id: handle, body: { request: "start" }, jsep: { type: "answer", sdp } }, true);
}

const each = (names, act) => Promise.all(names.map((name) => act(people.get(name))));

const acts = {
  // A person, not yet anywhere. Through the hub: {url, headers, ticket}; else {room}.
  async add({ name, me, others, ...how }) {
    people.set(name, { name, me, others, expects: others.length, ...how });
    return {};
  },
  async plain(options) {
    await plainConnect(options);
    return {};
  },
  // Enters, and sends and receives as a page does: both at once.
  async enter({ name }) {
    const person = people.get(name);
    [person.beganAt, person.firstAt, person.allAt] = [now(), null, null];
    await hubConnect(person);
    await call(person, "Enter", { ticket: person.ticket });
    person.enteredAt = now();
    await Promise.all([publish(person), subscribe(person)]);
    return {};
  },
  async publish({ names }) {
    await each(names, async (person) => {
      if (person.room) return plainPublish(person);
      await hubConnect(person);
      await call(person, "Enter", { ticket: person.ticket });
      await publish(person);
    });
    return {};
  },
  async subscribe({ names }) {
    await each(names, (person) => (person.room ? plainSubscribe(person) : subscribe(person)));
    return {};
  },
  async call({ name, target, argument }) {
    const calledAt = now();
    await call(people.get(name), target, argument);
    return { calledAt, answeredAt: now() };
  },
  // When the last packet of a participant came to each of the others.
  async last({ names, from, kind }) {
    const lastOf = (person) => [...person.received.values()].filter((s) => s.from === from && s.kind === kind).map((s) => s.last);
    return { at: names.map((name) => Math.max(0, ...lastOf(people.get(name)))), now: now() };
  },
  async times({ names }) {
    const timesOf = ({ beganAt, enteredAt, firstAt, allAt, movedAt, error }) => ({ beganAt, enteredAt, firstAt, allAt, movedAt, error });
    return { times: names.map((name) => timesOf(people.get(name))), now: now() };
  },
  // People who were back before are not back any more.
  async forget({ names }) {
    names.map((name) => people.get(name)).forEach((person) => ([person.firstAt, person.allAt, person.movedAt, person.error] = [null, null, null, null]));
    return {};
  },
  // Packets received and lost since the last call, over everybody here; and streams of which nothing has ever come.
  async count() {
    const sum = { packets: 0, lost: 0, streams: 0, silent: 0 };
    for (const person of people.values()) {
      for (const stream of person.received?.values() ?? []) {
        sum.streams++;
        sum.packets += stream.count;
        sum.lost += stream.lost;
        if (!stream.first) sum.silent++;
        [stream.count, stream.lost] = [0, 0];
      }
    }
    return sum;
  },
};

for await (const line of createInterface({ input: process.stdin })) {
  const command = JSON.parse(line);
  acts[command.do](command).then(
    (answer) => process.stdout.write(JSON.stringify({ id: command.id, ...answer }) + "\n"),
    (e) => process.stdout.write(JSON.stringify({ id: command.id, error: String(e?.stack ?? e) }) + "\n"));
}
process.exit(0);
