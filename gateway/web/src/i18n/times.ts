import i18next from "i18next";

/** Instants as a reader reads them: in their language, and in the zone of their device. */
const locale = () =>
  i18next.language === "es"
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

export const weekdayOf = (at: string) => new Intl.DateTimeFormat(locale(), { weekday: "long" }).format(new Date(at));
