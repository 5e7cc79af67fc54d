import { today } from "../i18n/times";

const days = ["sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"] as const;

/**
 * The first date with this weekday that is not before another one.
 * @param from "2026-11-30"; empty for a week from now, as the search without a date begins there.
 */
export function nextOn(dayOfWeek: (typeof days)[number], from: string, now: string = today()): string {
  const at = new Date(`${from || now}T00:00:00Z`);
  if (!from) {
    at.setUTCDate(at.getUTCDate() + 7);
  }

  at.setUTCDate(at.getUTCDate() + ((days.indexOf(dayOfWeek) - at.getUTCDay() + 7) % 7));
  return at.toISOString().slice(0, 10);
}
