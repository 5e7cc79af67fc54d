import type { Sample } from "./line";

const fewPackets = 10;

interface Counts {
  received: number;
  lost: number;
}

interface Trips {
  count: number;
  total: number;
  last: number;
  beforeLast: number;
}

// The statistics that a browser may give; the standard's types leave most of them out.
type Report = RTCStats & Record<string, number | string | boolean | undefined>;

/** Reads what the browser counts of a person's two connections, and tells what has come since the last time. */
export class Meter {
  private readonly before = new Map<string, Counts>();
  private readonly trips = new Map<string, Trips>();

  async read(sends: RTCPeerConnection | undefined, receives: RTCPeerConnection | undefined): Promise<Sample> {
    const [there, here] = await Promise.all([reportsOf(sends), reportsOf(receives)]);
    const shares: number[] = [];
    for (const report of here.filter((r) => r.type === "inbound-rtp")) {
      const now = { received: number(report.packetsReceived), lost: number(report.packetsLost) };
      const before = this.before.get(report.id);
      this.before.set(report.id, now);
      const [received, lost] = before ? [now.received - before.received, Math.max(0, now.lost - before.lost)] : [0, 0];
      // Few packets come from a participant who is silent, or dark.
      if (received + lost >= fewPackets) {
        shares.push(lost / (received + lost));
      }
    }

    const pairs = [...there, ...here].filter((r) => r.type === "candidate-pair" && r.nominated === true);
    const trips = pairs.map((p) => this.trip(p)).filter(Number.isFinite);
    const heard = there.filter((r) => r.type === "remote-inbound-rtp" && r.kind === "audio");
    return {
      at: performance.now(),
      lostHere: shares.length > 0 ? shares.sort((a, b) => a - b)[Math.floor((shares.length - 1) / 2)]! : null,
      lostThere: heard.length > 0 ? Math.max(...heard.map((r) => number(r.fractionLost))) : null,
      roundTrip: trips.length > 0 ? Math.max(...trips) : null,
      outgoing: pairs.map((p) => p.availableOutgoingBitrate).find((b) => typeof b === "number") ?? null,
    };
  }

  private trip(pair: Report): number {
    const now = { count: number(pair.responsesReceived), total: number(pair.totalRoundTripTime) };
    const known = this.trips.get(pair.id) ?? { count: 0, total: 0, last: Infinity, beforeLast: Infinity };
    if (now.count > known.count) {
      const last = (now.total - known.total) / (now.count - known.count);
      this.trips.set(pair.id, { ...now, last, beforeLast: known.last });
      return Math.min(last, known.last);
    }

    return Math.min(known.last, known.beforeLast);
  }
}

const number = (value: unknown): number => (typeof value === "number" ? value : 0);

async function reportsOf(connection: RTCPeerConnection | undefined): Promise<Report[]> {
  const reports: Report[] = [];
  (await connection?.getStats().catch(() => null))?.forEach((report: Report) => reports.push(report));
  return reports;
}
