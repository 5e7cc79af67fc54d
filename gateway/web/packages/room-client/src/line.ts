import type { PictureSize } from "./wire";

/** The browser's counts since the last look. Null: it does not tell, or nothing was sent. */
export interface Sample {
  /** Milliseconds of any steady clock. */
  at: number;
  /** Share of packets lost on the way here, of the stream in the middle: those of one sender alone were lost on that sender's way. */
  lostHere: number | null;
  /** Share lost on the way to the server, as it reports. */
  lostThere: number | null;
  /** Seconds to the server and back: the shorter of the last two measurements, so that one alone says nothing. */
  roundTrip: number | null;
  /** Bits per second that the browser believes it can send. */
  outgoing: number | null;
}

/** One way of the line: how large pictures may be on it, and why. */
interface Way<Size extends PictureSize> {
  most: Size;
  /** Samples that were bad, one after the other. */
  bad: number;
  /** Since when it has been as it is, and since when nothing was bad. */
  changedAt: number;
  quietSince: number;
  /** Pauses without a good while in between: each waits longer. */
  pauses: number;
}

/** The capacity of a person's line: pictures give way before sound does, and come back by themselves. */
export interface Line {
  receives: Way<PictureSize>;
  /** The browser chooses the size of what it sends by itself; what it never does is to stop. */
  sends: Way<"full" | "paused">;
  /** The shortest round trip so far, which has no queue in it. */
  shortest: number;
}

const way = { bad: 0, changedAt: -Infinity, quietSince: -Infinity, pauses: 0 };
export const goodLine: Line = { receives: { ...way, most: "full" }, sends: { ...way, most: "full" }, shortest: Infinity };

const muchLost = 0.08;
const muchLostThere = 0.2;
/** A queue of this length delays sound, too. */
const queueSeconds = 0.5;
/** The rate that the smallest picture and the sound need. */
const leastForPicture = 80_000;
const receivesSettleMs = 4_000;
/** A browser's belief grows slowly from what it was. */
const sendsSettleMs = 8_000;
const firstPauseMs = 10_000;
const smallForMs = 15_000;
const goodForMs = 60_000;
const mostDoublings = 3;

/** The line after another sample. Pure. */
export function lineAfter(line: Line, sample: Sample): Line {
  const shortest = Math.min(line.shortest, sample.roundTrip ?? Infinity);
  const queued = sample.roundTrip !== null && sample.roundTrip - shortest > queueSeconds;
  const over = (value: number | null, most: number) => value !== null && value > most;
  const { receives, sends } = line;
  const sendsPicture = sends.most !== "paused";
  // Without a picture the browser's belief does not grow, so that it says nothing then.
  const narrow = sendsPicture && sample.outgoing !== null && sample.outgoing < leastForPicture;
  // A queue may stand in either way; one's own picture is what can be spared first.
  const queuedHere = queued && !sendsPicture;
  return {
    shortest,
    receives: after(receives, queuedHere || over(sample.lostHere, muchLost), sample.at, ["paused", "small", "full"], 2, receivesSettleMs),
    // The browser makes its pictures smaller first.
    sends: after(sends, queued || narrow || over(sample.lostThere, muchLostThere), sample.at, ["paused", "full"], 3, sendsSettleMs),
  };
}

function after<Size extends PictureSize>(
  now: Way<Size>,
  isBad: boolean,
  at: number,
  sizes: readonly Size[],
  badOnes: number,
  settleMs: number,
): Way<Size> {
  const seen = { ...now, quietSince: isBad || now.quietSince === -Infinity ? at : now.quietSince };
  // Counts just after a change still belong to the state before it.
  if (at - now.changedAt < settleMs) {
    return { ...seen, bad: 0 };
  }

  const index = sizes.indexOf(now.most);
  const quietMs = at - Math.max(seen.quietSince, now.changedAt);
  const bad = isBad ? now.bad + 1 : 0;
  const step = (most: Size, pauses: number): Way<Size> => ({ most, bad: 0, changedAt: at, quietSince: at, pauses });
  if (bad >= badOnes && index > 0) {
    const most = sizes[index - 1]!;
    return step(most, now.pauses + (most === "paused" ? 1 : 0));
  }

  if (now.most === "paused" && quietMs >= firstPauseMs * 2 ** Math.min(now.pauses - 1, mostDoublings)) {
    return step(sizes[index + 1]!, now.pauses);
  }

  if (now.most === "small" && quietMs >= smallForMs) {
    return step(sizes[index + 1]!, now.pauses);
  }

  return { ...seen, bad, pauses: now.most === "full" && quietMs >= goodForMs ? 0 : now.pauses };
}

/** The smaller of two. */
export function smaller(one: PictureSize, other: PictureSize): PictureSize {
  const order = ["paused", "small", "full"];
  return order.indexOf(one) < order.indexOf(other) ? one : other;
}
