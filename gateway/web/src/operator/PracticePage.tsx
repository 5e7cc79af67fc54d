import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useFieldArray, useForm } from "react-hook-form";
import { useTranslation } from "../i18n";
import { Plus, Trash2 } from "lucide-react";
import { api, ask } from "../api/client";
import type { Account } from "../session/account";
import { usePractices, type Practice } from "../staff/data";
import { CheckInput, NumberInput, SaveRow, SelectInput, showErrors, TextInput } from "../staff/forms";
import { Loaded, ProblemNote, Section, StaffPage } from "../staff/kit";
import { useFormDraft } from "../session/drafts";
import { Button, Field, toast } from "../ui/basics";
import { DraftNote } from "../ui/DraftNote";
import { Holidays } from "./Holidays";
import { zoneOptions } from "./zones";

/** The practice's texts and defaults: contact, crisis lines, policies, consent texts. */
export function PracticePage({ account }: { account: Account }) {
  const { t } = useTranslation("staff");
  const practices = usePractices();
  const [chosen, setChosen] = useState<string | null>(null);
  return (
    <StaffPage account={account} title={t("practice.title")} intro={t("practice.intro")}>
      <Loaded query={practices}>
        {(all) => {
          const one = all.find((p) => p.id === chosen) ?? all[0];
          return (
            <>
              {all.length > 1 && (
                <Field label={t("word.practice")}>
                  {(ids) => (
                    <select {...ids} className="input" value={one?.id} onChange={(e) => setChosen(e.target.value)}>
                      {all.map((p) => (
                        <option key={p.id} value={p.id}>
                          {p.name}
                        </option>
                      ))}
                    </select>
                  )}
                </Field>
              )}
              {one && <Holidays practice={one.id} />}
              {one && <PracticeForm key={`${one.id}/${one.version}`} practice={one} />}
            </>
          );
        }}
      </Loaded>
    </StaffPage>
  );
}

function PracticeForm({ practice: p }: { practice: Practice }) {
  const { t } = useTranslation("staff");
  const queries = useQueryClient();
  const [problem, setProblem] = useState<unknown>(null);
  const form = useForm({
    defaultValues: {
      name: p.name,
      timeZone: p.timeZone,
      email: p.contact.email ?? "",
      phone: p.contact.phone ?? "",
      website: p.contact.website ?? "",
      crisisLines: p.crisisLines,
      policies: p.policies,
      consentDocuments: p.consentDocuments.map((d) => ({ document: d.document, title: d.title, text: d.text })),
    },
  });
  // Read while it renders: only what is read then is followed.
  const consentsChanged = form.formState.dirtyFields.consentDocuments !== undefined;
  const lines = useFieldArray({ control: form.control, name: "crisisLines" });
  const kept = useFormDraft(form, `practice/${p.id}`, p.version);
  const submit = form.handleSubmit(async (f) => {
    setProblem(null);
    try {
      await ask(
        api.PATCH("/api/practices/{id}", {
          params: { path: { id: p.id } } as never,
          headers: { "If-Match": `"${p.version}"` },
          body: {
            name: f.name,
            timeZone: f.timeZone,
            contact: { email: f.email || null, phone: f.phone || null, website: f.website || null },
            crisisLines: f.crisisLines,
            policies: f.policies,
            ...(consentsChanged && { consentDocuments: f.consentDocuments }),
          },
        }),
      );
      kept.drop();
      toast(t("form.saved"));
      await queries.invalidateQueries({ queryKey: ["practices"] });
    } catch (error) {
      setProblem(showErrors(form, error, (path) => path.replace(/^contact\./, "").replace(/\[(\d+)\]/g, ".$1")));
    }
  });
  return (
    <form className="stack wide" onSubmit={submit} noValidate>
      <DraftNote kept={kept} />
      <Section title={t("practice.contact")} text={t("practice.contactText")}>
        <div className="form-grid">
          <TextInput form={form} name="name" label={t("word.name")} required maxLength={120} />
          <SelectInput form={form} name="timeZone" label={t("groups.zone")} options={zoneOptions(p.timeZone)} />
          <TextInput form={form} name="email" label={t("people.email")} type="email" />
          <TextInput form={form} name="phone" label={t("practice.phone")} type="tel" />
          <TextInput form={form} name="website" label={t("practice.website")} type="url" />
        </div>
      </Section>
      <Section title={t("practice.lines")} text={t("practice.linesText")}>
        {lines.fields.map((field, i) => (
          <div key={field.id} className="line-editor">
            <TextInput form={form} name={`crisisLines.${i}.name`} label={t("word.name")} required />
            <TextInput form={form} name={`crisisLines.${i}.phone`} label={t("practice.phone")} type="tel" required />
            <Button look="quiet" size="icon" aria-label={t("practice.removeLine", { name: field.name })} onClick={() => lines.remove(i)}>
              <Trash2 aria-hidden />
            </Button>
          </div>
        ))}
        <div>
          <Button look="plain" onClick={() => lines.append({ name: "", phone: "" })}>
            <Plus aria-hidden />
            {t("practice.addLine")}
          </Button>
        </div>
      </Section>
      <Section title={t("groups.policies")} text={t("practice.policiesText")}>
        <div className="form-grid">
          <SelectInput
            form={form}
            name="policies.camera"
            label={t("groups.camera")}
            options={(["optional", "expected", "off"] as const).map((x) => [x, t(`camera.${x}`)])}
          />
          <NumberInput form={form} name="policies.minimumQuorum" label={t("groups.quorum")} required min={1} max={500} />
          <NumberInput form={form} name="policies.chatRetentionDays" label={t("groups.retention")} required min={0} max={3650} />
        </div>
        <CheckInput form={form} name="policies.lateArrivals" label={t("groups.late")} />
      </Section>
      <Section title={t("practice.consents")} text={t("practice.consentsText")}>
        {p.consentDocuments.map((d, i) => (
          <details key={d.document}>
            <summary>{d.title}</summary>
            <div className="stack wide week-body">
              <TextInput form={form} name={`consentDocuments.${i}.title`} label={t("practice.consentTitle")} required />
              <TextInput form={form} name={`consentDocuments.${i}.text`} label={t("practice.consentText")} required rows={6} />
            </div>
          </details>
        ))}
      </Section>
      <ProblemNote error={problem} />
      <SaveRow form={form} />
    </form>
  );
}
