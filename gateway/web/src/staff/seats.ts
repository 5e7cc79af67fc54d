import type { components } from "../api/schema";

export type SeatsOfDay = components["schemas"]["enrollment.SeatsOfDay"];

/** The first day, each day on which a number became another one, and the last. */
export const changes = <T extends SeatsOfDay>(days: T[]): T[] =>
  days.filter((d, i) => {
    const before = days[i - 1];
    return !before || i === days.length - 1 || d.taken !== before.taken || d.waiting !== before.waiting || d.held !== before.held;
  });

/** Without the time before anything: a group that begins is not a line at nothing. The day before its first stays. */
export function sinceSomething<T extends SeatsOfDay>(days: T[]): T[] {
  const first = days.findIndex((d) => d.taken + d.waiting + d.held > 0);
  return days.slice(Math.max(0, first - 1));
}
