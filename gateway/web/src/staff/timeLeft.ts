import type { StaffT } from "../i18n";

const years = 2;

/** Days that are left, or whole years where there are many. */
export const timeLeft = (t: StaffT, days: number): string =>
  days > years * 366 ? t("credential.years", { count: Math.floor(days / 365.25) }) : t("credential.days", { count: days });
