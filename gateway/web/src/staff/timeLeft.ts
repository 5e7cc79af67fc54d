import type { TFunction } from "i18next";

const years = 2;

/** Days that are left, or whole years where there are many. */
export const timeLeft = (t: TFunction<"staff">, days: number): string =>
  days > years * 366 ? t("credential.years", { count: Math.floor(days / 365.25) }) : t("credential.days", { count: days });
