import type { FieldValues, Path, UseFormReturn } from "react-hook-form";
import { useTranslation } from "../i18n";
import { ApiProblem } from "../api/client";
import { Note } from "../ui/basics";
import { CheckInput } from "./forms";

/** Whether a plan was refused because a facilitator has time off, which an operator may accept. */
export const isAway = (error: unknown): boolean => error instanceof ApiProblem && error.code === "facilitator-away";

/** Offers to plan into a facilitator's time off all the same. */
export function AcceptTimeOff<T extends FieldValues>({ form, name }: { form: UseFormReturn<T>; name: Path<T> }) {
  const { t } = useTranslation("staff");
  return (
    <Note look="warm">
      <CheckInput form={form} name={name} label={t("word.acceptTimeOff")} />
    </Note>
  );
}
