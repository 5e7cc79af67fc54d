import type { ReactNode } from "react";
import type { FieldErrors, FieldValues, Path, UseFormReturn } from "react-hook-form";
import { useTranslation } from "../i18n";
import { ApiProblem } from "../api/client";
import { topicName } from "../pages/topics";
import { Button, Field } from "../ui/basics";

type Form<T extends FieldValues> = UseFormReturn<T>;

function errorOf<T extends FieldValues>(errors: FieldErrors<T>, name: string): string | undefined {
  let at: unknown = errors;
  for (const part of name.split(".")) {
    at = (at as Record<string, unknown> | undefined)?.[part];
  }

  return (at as { message?: string } | undefined)?.message;
}

interface Common<T extends FieldValues> {
  form: Form<T>;
  name: Path<T>;
  label: string;
  hint?: string;
  required?: boolean;
}

/** The error of a required field that is empty. */
function useNeeded() {
  const { t } = useTranslation("staff");
  return (required?: boolean) => (required ? t("form.needed") : false);
}

export function TextInput<T extends FieldValues>(
  props: Common<T> & { type?: "text" | "date" | "time" | "email" | "tel" | "url" | "datetime-local"; rows?: number; maxLength?: number },
) {
  const needed = useNeeded();
  const { form, name, label, hint, required, rows, type = "text", maxLength } = props;
  return (
    <Field label={label} hint={hint} error={errorOf(form.formState.errors, name)}>
      {(ids) =>
        rows ? (
          <textarea {...ids} className="input" rows={rows} maxLength={maxLength} {...form.register(name, { required: needed(required) })} />
        ) : (
          <input {...ids} className="input" type={type} maxLength={maxLength} {...form.register(name, { required: needed(required) })} />
        )
      }
    </Field>
  );
}

export function NumberInput<T extends FieldValues>(props: Common<T> & { min: number; max: number }) {
  const { t } = useTranslation("staff");
  const needed = useNeeded();
  const { form, name, label, hint, required, min, max } = props;
  const range = t("form.range", { min, max });
  return (
    <Field label={label} hint={hint} error={errorOf(form.formState.errors, name)}>
      {(ids) => (
        <input
          {...ids}
          className="input"
          type="number"
          inputMode="numeric"
          {...form.register(name, {
            required: needed(required),
            setValueAs: (v) => (v === "" || v === null || v === undefined ? null : Number(v)),
            min: { value: min, message: range },
            max: { value: max, message: range },
          })}
        />
      )}
    </Field>
  );
}

export function SelectInput<T extends FieldValues>(props: Common<T> & { options: [string, string][]; empty?: string }) {
  const needed = useNeeded();
  const { form, name, label, hint, required, options, empty } = props;
  return (
    <Field label={label} hint={hint} error={errorOf(form.formState.errors, name)}>
      {(ids) => (
        <select {...ids} className="input" {...form.register(name, { required: needed(required) })}>
          {empty !== undefined && <option value="">{empty}</option>}
          {options.map(([value, text]) => (
            <option key={value} value={value}>
              {text}
            </option>
          ))}
        </select>
      )}
    </Field>
  );
}

export function CheckInput<T extends FieldValues>({ form, name, label }: { form: Form<T>; name: Path<T>; label: ReactNode }) {
  return (
    <label className="choice">
      <input type="checkbox" {...form.register(name)} />
      <span>{label}</span>
    </label>
  );
}

/** The button that sends a long form; it stays in sight. */
export function SaveRow<T extends FieldValues>({ form, label }: { form: Form<T>; label?: string }) {
  const { t } = useTranslation("staff");
  return (
    <div className="row end sticky-acts">
      <Button type="submit" look="primary" size="large" disabled={form.formState.isSubmitting}>
        {label ?? t("form.save")}
      </Button>
    </div>
  );
}

/** The topic of a group or a program: those of the practice, and the one that it has. */
export function TopicInput<T extends FieldValues>({
  form,
  name,
  topics,
  known,
}: {
  form: Form<T>;
  name: Path<T>;
  topics: readonly string[];
  known: string;
}) {
  const { t } = useTranslation("staff");
  return (
    <SelectInput
      form={form}
      name={name}
      label={t("groups.topic")}
      required
      empty={t("form.choose")}
      options={[...new Set([...topics, known])].filter(Boolean).map((topic) => [topic, topicName(topic)])}
    />
  );
}

/** Puts a refusal's messages at their fields. Answers what belongs to no field of the form. */
export function showErrors<T extends FieldValues>(form: Form<T>, error: unknown, nameOf: (path: string) => string = (p) => p): unknown {
  const errors = error instanceof ApiProblem ? (error.body.errors as Record<string, string[]> | undefined) : undefined;
  if (!errors) {
    return error;
  }

  // An error of no field of the form would block it for ever without a word: it is shown beneath the form.
  const placed = Object.entries(errors).filter(([path]) => form.control._names.mount.has(nameOf(path)));
  const others = Object.entries(errors).filter(([path]) => !form.control._names.mount.has(nameOf(path)));
  placed.forEach(([path, said], i) => {
    form.setError(nameOf(path) as Path<T>, { message: said.join(" ") }, { shouldFocus: i === 0 });
  });
  return others.length === 0
    ? null
    : new ApiProblem((error as ApiProblem).status, "of-no-field", { detail: others.flatMap(([, said]) => said).join(" ") }, null);
}
