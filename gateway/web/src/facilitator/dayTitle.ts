import { dayOf, today } from "../i18n/times";
import type { StaffT } from "../i18n";

const eveningFrom = 17;

/** How a facilitator calls the day of a session: tonight, today, tomorrow, or the day itself. */
export function dayTitle(t: StaffT, startsAt: string, now: Date = new Date()): string {
  const start = new Date(startsAt);
  const tomorrow = new Date(now);
  tomorrow.setDate(now.getDate() + 1);
  const day = today(start);
  return day === today(now)
    ? t(start.getHours() >= eveningFrom ? "tonight.title" : "tonight.today")
    : day === today(tomorrow)
      ? t("tonight.tomorrow")
      : capitalized(dayOf(startsAt));
}

// Spanish writes the days of the week in small letters, and a title in a capital one.
const capitalized = (text: string) => text.charAt(0).toLocaleUpperCase() + text.slice(1);
