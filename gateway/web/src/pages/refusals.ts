import i18next, { type TFunction } from "i18next";
import { ApiProblem } from "../api/client";

/** A refusal in the reader's language; what has no words of its own as the API says it. */
export function refusalText(t: TFunction<"t">, error: unknown): string {
  if (!(error instanceof ApiProblem) || error.code === "network") {
    return t("problem.network");
  }

  const key = `refusals.${error.code}`;
  return i18next.exists(key) ? t(key as "refusals.group-closed") : error.message;
}

/** What a condition of a decision means. */
export function conditionText(t: TFunction<"t">, condition: string): string {
  const key = `conditions.${condition}`;
  return i18next.exists(key) ? t(key as "conditions.override") : condition;
}
