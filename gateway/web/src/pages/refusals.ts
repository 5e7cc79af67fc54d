import { textAt, type T } from "../i18n";
import { ApiProblem } from "../api/client";

/** A refusal in the reader's language; what has no words of its own as the API says it. */
export function refusalText(t: T, error: unknown): string {
  if (!(error instanceof ApiProblem) || error.code === "network") {
    return t("problem.network");
  }

  const key = `refusals.${error.code}`;
  return textAt("t", key) ?? error.message;
}

/** The text of a condition of a decision. */
export function conditionText(condition: string): string {
  const key = `conditions.${condition}`;
  return textAt("t", key) ?? condition;
}
