/** How quickly pictures are blurred on this device. */
export interface Pace {
  /** Milliseconds that one picture takes, smoothed; null before the first. */
  takesMs: number | null;
  /** Since when it has been too slow; null while it is not. */
  slowSince: number | null;
}

export const noPace: Pace = { takesMs: null, slowSince: null };

/** Fifteen pictures a second: enough for a face that speaks, and half the work of thirty. */
const betweenMs = 1000 / 15;
/** Fewer than four pictures a second are a stutter. */
const slowMs = 250;
const slowForMs = 10_000;
const weight = 0.15;

/** The pace after a picture that took so long. Pure. */
export function paceAfter(pace: Pace, tookMs: number, at: number): Pace {
  const takesMs = pace.takesMs === null ? tookMs : pace.takesMs + weight * (tookMs - pace.takesMs);
  return { takesMs, slowSince: takesMs > slowMs ? (pace.slowSince ?? at) : null };
}

/** Whether this device has been too slow for long enough to say so: a moment's load is none. Pure. */
export const isTooSlow = ({ slowSince }: Pace, at: number): boolean => slowSince !== null && at - slowSince >= slowForMs;

/** Whether a picture that comes now is wanted: a camera's beat is not exact, so that one that comes a little early counts. Pure. */
export const isDue = (due: number, at: number): boolean => at >= due - betweenMs / 8;

/** When the picture after one that came now is due. Pure. */
export const dueAfter = (due: number, at: number): number => Math.max(due + betweenMs, at);

/** Whether pictures go in and none has come out for so long that none will. Pure. */
export const isStuck = (waitingSince: number | null, at: number): boolean => waitingSince !== null && at - waitingSince >= 5_000;
