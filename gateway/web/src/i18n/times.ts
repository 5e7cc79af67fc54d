import { languageSpoken } from "./translate";

/** Instants as a reader reads them: in their language, and in the zone of their device. */
const locale = () =>
  languageSpoken() === "es"
    ? (navigator.languages.find((l) => l.startsWith("es")) ?? "es")
    : (navigator.languages.find((l) => l.startsWith("en")) ?? "en");

export const timeOf = (at: string | number | Date, zone?: string) =>
  new Intl.DateTimeFormat(locale(), {
    hour: "numeric",
    minute: "2-digit",
    timeZone: zone,
    ...(zone && { timeZoneName: "short" }),
  }).format(new Date(at));

export const dayOf = (at: string | number | Date) =>
  new Intl.DateTimeFormat(locale(), { weekday: "long", month: "long", day: "numeric" }).format(new Date(at));

/** "in 12 minutes", "3 hours ago": the largest unit that says something. */
export function relative(at: string | number | Date, now: number): string {
  const seconds = Math.round((new Date(at).getTime() - now) / 1000);
  const format = new Intl.RelativeTimeFormat(locale(), { numeric: "auto" });
  const size = Math.abs(seconds);
  return size < 90
    ? format.format(seconds, "second")
    : size < 90 * 60
      ? format.format(Math.round(seconds / 60), "minute")
      : size < 36 * 3600
        ? format.format(Math.round(seconds / 3600), "hour")
        : format.format(Math.round(seconds / 86400), "day");
}

/** 65 as 1:05. */
export function clock(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds));
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
}

export const deviceZone = () => Intl.DateTimeFormat().resolvedOptions().timeZone;

/** Whether two zones show the same clock at an instant. */
export function sameClock(at: string, zone: string): boolean {
  try {
    const show = (timeZone?: string) =>
      new Intl.DateTimeFormat("en", { hour: "2-digit", minute: "2-digit", hour12: false, timeZone }).format(new Date(at));
    return show(zone) === show();
  } catch {
    return true;
  }
}

/**
 * The time from one instant to another, in one piece: "6:00 – 7:00 PM", "11:30 PM – 12:30 AM". It never names a day: a range
 * over midnight would name both, with their years, beside the day that stands there already.
 */
export const spanOf = (from: string, to: string) =>
  today(new Date(from)) === today(new Date(to))
    ? new Intl.DateTimeFormat(locale(), { hour: "numeric", minute: "2-digit" }).formatRange(new Date(from), new Date(to))
    : `${timeOf(from)} – ${timeOf(to)}`;

/** A zone as people call it, with its own city: "Eastern Time (New York)". */
export function zoneName(zone: string): string {
  const city = zone.split("/").pop()!.replaceAll("_", " ");
  try {
    const parts = new Intl.DateTimeFormat(locale(), { timeZone: zone, timeZoneName: "longGeneric" }).formatToParts(new Date());
    const name = parts.find((p) => p.type === "timeZoneName")?.value;
    return name && !name.includes(city) ? `${name} (${city})` : (name ?? city);
  } catch {
    return city;
  }
}

export const weekdayOf = (at: string) => new Intl.DateTimeFormat(locale(), { weekday: "long" }).format(new Date(at));

/** The date on the reader's own calendar, "2026-11-30": today's, or that of an instant. */
export const today = (at: Date = new Date()) => new Intl.DateTimeFormat("en-CA").format(at);

/** A date of a calendar, "2026-11-30", whatever the reader's zone. */
export const dateOf = (date: string) =>
  new Intl.DateTimeFormat(locale(), { dateStyle: "medium", timeZone: "UTC" }).format(new Date(`${date.slice(0, 10)}T00:00:00Z`));

/** A date of a calendar in short, with its year where it is another than this one. */
export const shortDateOf = (date: string) =>
  new Intl.DateTimeFormat(locale(), {
    month: "short",
    day: "numeric",
    year: date.startsWith(String(new Date().getFullYear())) ? undefined : "2-digit",
    timeZone: "UTC",
  }).format(new Date(`${date.slice(0, 10)}T00:00:00Z`));

/** An instant in short: day, month and time. */
export const momentOf = (at: string | number | Date, zone?: string) =>
  new Intl.DateTimeFormat(locale(), {
    weekday: "short",
    month: "short",
    day: "numeric",
    hour: "numeric",
    minute: "2-digit",
    timeZone: zone,
    ...(zone && { timeZoneName: "short" }),
  }).format(new Date(at));

/** An instant with its year and seconds, for a record. */
export const stampOf = (at: string | number | Date) =>
  new Intl.DateTimeFormat(locale(), { dateStyle: "long", timeStyle: "long" }).format(new Date(at));

/** From when something counts: a date where it is the beginning of a day in UTC, as laws have it. */
export const effectiveOf = (at: string) => (/T00:00:00(\.0+)?Z$/.test(at) ? `${dateOf(at)} (UTC)` : stampOf(at));

/** The same for a long list of records. */
export const shortStampOf = (at: string | number | Date) =>
  new Intl.DateTimeFormat(locale(), { dateStyle: "medium", timeStyle: "medium" }).format(new Date(at));

export const shortDayOf = (at: string | number | Date) =>
  new Intl.DateTimeFormat(locale(), { month: "short", day: "numeric" }).format(new Date(at));

/** A day in short, with its day of the week. */
export const weekdayAndDayOf = (at: string | number | Date) =>
  new Intl.DateTimeFormat(locale(), { weekday: "short", month: "short", day: "numeric" }).format(new Date(at));

/** The name of a day of the week by its English word. */
export function dayName(day: string, weekday: "long" | "short" = "long"): string {
  const index = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"].indexOf(day);
  return new Intl.DateTimeFormat(locale(), { weekday, timeZone: "UTC" }).format(new Date(Date.UTC(2024, 0, 1 + index)));
}

/** The time on a wall clock, "18:00", as the reader writes it. */
export const wallTime = (time: string) =>
  new Intl.DateTimeFormat(locale(), { hour: "numeric", minute: "2-digit", timeZone: "UTC" }).format(
    new Date(`2024-01-01T${time.slice(0, 5)}Z`),
  );
