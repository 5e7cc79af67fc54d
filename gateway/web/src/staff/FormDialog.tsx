import { useQueryClient, type QueryKey } from "@tanstack/react-query";
import { useState, type ReactNode } from "react";
import type { FieldValues, UseFormReturn } from "react-hook-form";
import { useTranslation } from "../i18n";
import { Button, Dialog, toast } from "../ui/basics";
import { useFormDraft } from "../session/drafts";
import { DraftNote } from "../ui/DraftNote";
import { showErrors } from "./forms";
import { ProblemNote } from "./kit";

interface Props<T extends FieldValues> {
  form: UseFormReturn<T>;
  title: string;
  text?: string;
  submit?: string;
  /** Sends what was typed; may say what came of it. A refusal keeps the dialog open and shows its fields. */
  save: (values: T) => Promise<string | void>;
  /** The queries to ask anew afterwards. */
  stale: QueryKey;
  onClose: () => void;
  children: ReactNode;
}

/** A form in a dialog: it saves, says so and closes, or shows what is wrong and keeps what was typed. */
export function FormDialog<T extends FieldValues>(props: Props<T>) {
  const { t } = useTranslation("staff");
  const { t: c } = useTranslation();
  const queries = useQueryClient();
  const [problem, setProblem] = useState<unknown>(null);
  const kept = useFormDraft(props.form, `${location.pathname}/${props.title}`);
  const submit = props.form.handleSubmit(async (values) => {
    setProblem(null);
    try {
      const said = await props.save(values);
      await queries.invalidateQueries({ queryKey: props.stale });
      kept.drop();
      toast(said ?? t("form.saved"));
      props.onClose();
    } catch (error) {
      setProblem(showErrors(props.form, error));
    }
  });
  return (
    <Dialog open onOpenChange={props.onClose} title={props.title} text={props.text}>
      <form className="stack wide" onSubmit={submit} noValidate>
        <DraftNote kept={kept} />
        {props.children}
        <ProblemNote error={problem} />
        <div className="row end">
          <Button
            look="quiet"
            onClick={() => {
              kept.drop();
              props.onClose();
            }}
          >
            {c("app.cancel")}
          </Button>
          <Button type="submit" look="primary" disabled={props.form.formState.isSubmitting}>
            {props.submit ?? t("form.save")}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
