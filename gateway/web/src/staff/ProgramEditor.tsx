import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useFieldArray, type ArrayPath, type FieldArray, type FieldValues, type Path, type UseFormReturn } from "react-hook-form";
import { ArrowDown, ArrowUp, Plus, Trash2 } from "lucide-react";
import { api, ask } from "../api/client";
import type { components } from "../api/schema";
import { useTranslation } from "../i18n";
import { Button, Field } from "../ui/basics";
import { TextInput } from "./forms";

type ProgramWeek = components["schemas"]["scheduling.ProgramWeek"];

/** A week as a form holds it: a skill on each line. */
export interface Week {
  title: string;
  guidance: string;
  skills: string;
  homework: string;
}

export const weeksOf = (program: ProgramWeek[]): Week[] =>
  program.map((w) => ({ title: w.title, guidance: w.guidance ?? "", skills: w.skills.join("\n"), homework: w.homework ?? "" }));

export const programOf = (weeks: Week[]) =>
  weeks.map((w, i) => ({
    week: i + 1,
    title: w.title,
    guidance: w.guidance || null,
    skills: w.skills
      .split("\n")
      .map((s) => s.trim())
      .filter(Boolean),
    homework: w.homework || null,
  }));

/** The field of a form for a path of the API: a week's skills are one field here. */
export const weekFieldOf = (path: string) => path.replace(/^program\[(\d+)\]/, "program.$1").replace(/\.skills.*$/, ".skills");

/** A program, week by week: to write, to order, and to begin with one of the practice's. */
export function ProgramEditor<T extends FieldValues & { program: Week[] }>({
  form,
  library,
  needed = false,
}: {
  form: UseFormReturn<T>;
  /** Whether there must be a week at all. */
  needed?: boolean;
  /** The practice whose programs may be taken over; none without it. */
  library?: string;
}) {
  const { t } = useTranslation("staff");
  const weeks = useFieldArray({
    control: form.control,
    name: "program" as ArrayPath<T>,
    rules: needed ? { required: t("programs.needed") } : undefined,
  });
  const none = (form.formState.errors.program as { root?: { message?: string } } | undefined)?.root?.message;
  const name = (i: number, field: keyof Week) => `program.${i}.${field}` as Path<T>;
  const set = (all: Week[]) => weeks.replace(all as FieldArray<T, ArrayPath<T>>[]);
  const add = () => weeks.append({ title: "", guidance: "", skills: "", homework: "" } as FieldArray<T, ArrayPath<T>>);
  return (
    <>
      {library && <FromLibrary practice={library} onTake={set} />}
      {weeks.fields.map((field, i) => (
        <fieldset key={field.id} className="week-editor">
          <legend className="row spread">
            <span>{t("groups.week", { week: i + 1 })}</span>
            <span className="row together tight">
              <Button
                look="quiet"
                size="icon"
                disabled={i === 0}
                aria-label={t("programs.earlier", { week: i + 1 })}
                onClick={() => weeks.move(i, i - 1)}
              >
                <ArrowUp aria-hidden />
              </Button>
              <Button
                look="quiet"
                size="icon"
                disabled={i === weeks.fields.length - 1}
                aria-label={t("programs.later", { week: i + 1 })}
                onClick={() => weeks.move(i, i + 1)}
              >
                <ArrowDown aria-hidden />
              </Button>
              <Button look="quiet" size="icon" aria-label={t("groups.removeWeek", { week: i + 1 })} onClick={() => weeks.remove(i)}>
                <Trash2 aria-hidden />
              </Button>
            </span>
          </legend>
          <div className="form-grid">
            <TextInput form={form} name={name(i, "title")} label={t("groups.weekTitle")} required maxLength={200} />
            <TextInput form={form} name={name(i, "skills")} label={t("groups.skills")} hint={t("form.onePerLine")} rows={2} />
            <TextInput form={form} name={name(i, "guidance")} label={t("groups.guidance")} rows={3} maxLength={4000} />
            <TextInput form={form} name={name(i, "homework")} label={t("groups.homework")} rows={3} maxLength={4000} />
          </div>
        </fieldset>
      ))}
      {none && (
        <div className="field">
          <span className="error" role="alert">
            {none}
          </span>
        </div>
      )}
      <div>
        <Button look="plain" onClick={add}>
          <Plus aria-hidden />
          {t("groups.addWeek")}
        </Button>
      </div>
    </>
  );
}

export const useLibrary = (practice: string) =>
  useQuery({
    queryKey: ["programs", practice],
    queryFn: () => ask(api.GET("/api/practices/{id}/programs", { params: { path: { id: practice }, query: { limit: 500 } } })),
    select: (page) => page.items,
    enabled: practice !== "",
  });

export const programQuery = (practice: string, id: string) => ({
  queryKey: ["program", practice, id],
  queryFn: () => ask(api.GET("/api/practices/{id}/programs/{programId}", { params: { path: { id: practice, programId: id } } })),
});

/** Takes the weeks of one of the practice's programs into the form, where they can be changed. */
function FromLibrary({ practice, onTake }: { practice: string; onTake: (weeks: Week[]) => void }) {
  const { t } = useTranslation("staff");
  const library = useLibrary(practice);
  const [chosen, setChosen] = useState("");
  const program = useQuery({ ...programQuery(practice, chosen), enabled: chosen !== "" });
  if (!library.data?.length) {
    return null;
  }

  return (
    <div className="from-library">
      <Field label={t("programs.from")} hint={t("programs.fromHint")}>
        {(ids) => (
          <select {...ids} className="input" value={chosen} onChange={(e) => setChosen(e.target.value)}>
            <option value="">{t("form.choose")}</option>
            {library.data.map((p) => (
              <option key={p.id} value={p.id}>
                {p.title}
              </option>
            ))}
          </select>
        )}
      </Field>
      <Button look="plain" disabled={!program.data || chosen === ""} onClick={() => program.data && onTake(weeksOf(program.data.program))}>
        {t("programs.take")}
      </Button>
    </div>
  );
}
