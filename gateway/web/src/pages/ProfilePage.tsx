import { useQueryClient } from "@tanstack/react-query";
import { useState, type FormEvent } from "react";
import { useTranslation } from "../i18n";
import { Link, useLocation, useNavigate } from "../ui/address";
import { api, ApiProblem, ask } from "../api/client";
import { states } from "../i18n/places";
import { deviceZone } from "../i18n/times";
import type { Account } from "../session/account";
import { useDraft } from "../session/drafts";
import { useProfile, type Profile } from "../session/profile";
import { Button, Field, Note, toast } from "../ui/basics";
import { DraftNote } from "../ui/DraftNote";
import { Layout } from "../ui/Layout";
import { refusalText } from "./refusals";

const fields = [
  "legalName",
  "dateOfBirth",
  "phone",
  "line1",
  "city",
  "state",
  "postalCode",
  "contactName",
  "contactPhone",
  "contactRelation",
] as const;
type Form = Record<(typeof fields)[number], string>;
const autoComplete: Partial<Record<keyof Form, string>> = {
  legalName: "name",
  dateOfBirth: "bday",
  phone: "tel",
  line1: "address-line1",
  city: "address-level2",
  postalCode: "postal-code",
};
const pathOf: Partial<Record<keyof Form, string>> = {
  line1: "residence.line1",
  city: "residence.city",
  state: "residence.state",
  postalCode: "residence.postalCode",
  contactName: "emergencyContact.name",
  contactPhone: "emergencyContact.phone",
  contactRelation: "emergencyContact.relation",
};

const stepsOf: (keyof Form)[][] = [
  ["legalName", "dateOfBirth", "phone"],
  ["line1", "city", "state", "postalCode"],
  ["contactName", "contactPhone", "contactRelation"],
];

const placeOf = (code: string) => states[code.replace("US-", "")] ?? code;

const dateOf = (day: string, language: string) =>
  new Intl.DateTimeFormat(language, { dateStyle: "long", timeZone: "UTC" }).format(new Date(day));

/** The member's profile: for the law, and for an emergency. */
export function ProfilePage({ account }: { account: Account }) {
  const { t } = useTranslation();
  const profile = useProfile(true);
  return (
    <Layout account={account} narrow title={t("profile.title")}>
      {profile.isPending ? <div className="skeleton hero" aria-busy="true" /> : <ProfileForm known={profile.data ?? null} />}
    </Layout>
  );
}

function ProfileForm({ known }: { known: Profile | null }) {
  const { t, i18n } = useTranslation();
  const queries = useQueryClient();
  const go = useNavigate();
  const from = (useLocation().state as { from?: string } | null)?.from ?? "/";
  const [form, setForm, kept] = useDraft<Form>("profile", {
    legalName: known?.legalName ?? "",
    dateOfBirth: known?.dateOfBirth ?? "",
    phone: known?.phone ?? "",
    line1: known?.residence?.line1 ?? "",
    city: known?.residence?.city ?? "",
    state: known?.residence?.state ?? "",
    postalCode: known?.residence?.postalCode ?? "",
    contactName: known?.emergencyContact?.name ?? "",
    contactPhone: known?.emergencyContact?.phone ?? "",
    contactRelation: known?.emergencyContact?.relation ?? "",
  });
  const [errors, setErrors] = useState<Record<string, string>>({});
  const [busy, setBusy] = useState(false);
  // A new member goes step by step; a returning one sees the whole form.
  const isNew = known === null;
  const [step, setStep] = useState(0);
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    if (isNew && step < stepsOf.length - 1) {
      setStep(step + 1);
      return;
    }

    setBusy(true);
    setErrors({});
    try {
      const body = {
        legalName: form.legalName,
        dateOfBirth: form.dateOfBirth,
        phone: form.phone,
        timeZone: known?.timeZone ?? deviceZone(),
        language: known?.language ?? i18n.language,
        residence: {
          line1: form.line1,
          city: form.city,
          state: form.state,
          postalCode: form.postalCode,
          country: "US",
          since: known?.residence?.state === form.state ? known.residence.since : null,
        },
        emergencyContact: { name: form.contactName, phone: form.contactPhone, relation: form.contactRelation },
      };
      await ask(api.PUT("/api/me/profile", { body }));
      await queries.invalidateQueries();
      kept.drop();
      toast(t("profile.saved"));
      void go(from);
    } catch (error) {
      const said = error instanceof ApiProblem ? ((error.body.errors ?? {}) as Record<string, string[]>) : {};
      setErrors(
        Object.keys(said).length > 0
          ? Object.fromEntries(Object.entries(said).map(([k, v]) => [k, v.join(" ")]))
          : { all: refusalText(t, error) },
      );
      // Back to the first step that something is wrong in.
      const wrong = stepsOf.findIndex((names) => names.some((n) => (pathOf[n] ?? n) in said));
      if (wrong >= 0) {
        setStep(wrong);
      }
    } finally {
      setBusy(false);
    }
  };
  const field = (name: keyof Form, type = "text") => (
    <Field key={name} label={t(`profile.${name}`)} error={errors[pathOf[name] ?? name]}>
      {(ids) =>
        name === "state" ? (
          <select {...ids} className="input" required value={form.state} onChange={(e) => setForm({ ...form, state: e.target.value })}>
            <option value="">{t("profile.chooseState")}</option>
            {Object.entries(states).map(([code, label]) => (
              <option key={code} value={code}>
                {label}
              </option>
            ))}
          </select>
        ) : (
          <input
            {...ids}
            className="input"
            type={type}
            required
            autoComplete={autoComplete[name] ?? "off"}
            value={form[name]}
            onChange={(e) => setForm({ ...form, [name]: e.target.value })}
          />
        )
      }
    </Field>
  );
  const sections = [
    { id: "you", title: t("profile.you"), text: null, fields: [field("legalName"), field("dateOfBirth", "date"), field("phone", "tel")] },
    { id: "home", title: t("profile.home"), text: null, fields: [field("line1"), field("city"), field("state"), field("postalCode")] },
    {
      id: "contact",
      title: t("profile.contact"),
      text: t("profile.contactWhy"),
      fields: [field("contactName"), field("contactPhone", "tel"), field("contactRelation")],
    },
  ];
  const last = step === sections.length - 1;
  return (
    <form className="stack wide" onSubmit={submit}>
      {!isNew && <Link to="/me">{t("app.back")}</Link>}
      <div className="stack tight">
        <h1>{t("profile.title")}</h1>
        <p className="soft">{t("profile.intro")}</p>
      </div>
      {known?.recordedResidence && (
        <Note look="warm">
          <p>
            {t("profile.recorded", {
              place: placeOf(known.recordedResidence.jurisdiction ?? ""),
              since: dateOf(known.recordedResidence.since ?? "1900-01-01", i18n.language),
            })}
          </p>
          <Link to="/me/move">{t("profile.recordedMove")}</Link>
        </Note>
      )}
      <DraftNote kept={kept} />
      {isNew && (
        <div className="stack wide tight">
          <p className="small soft" role="status">
            {t("profile.step", { step: step + 1, of: sections.length })}
          </p>
          <ol className="plain steps" aria-hidden>
            {sections.map((s, i) => (
              <li key={s.id} data-done={i <= step || undefined} />
            ))}
          </ol>
        </div>
      )}
      {sections
        .filter((_, i) => !isNew || i === step)
        .map((s) => (
          <section key={s.id} className="card stack wide" aria-labelledby={s.id}>
            <h2 id={s.id}>{s.title}</h2>
            {s.text && <p className="soft small">{s.text}</p>}
            {s.fields}
          </section>
        ))}
      {errors.all && (
        <Note look="danger" role="alert">
          {errors.all}
        </Note>
      )}
      <div className="row end">
        {isNew && step > 0 && (
          <Button look="quiet" onClick={() => setStep(step - 1)}>
            {t("app.back")}
          </Button>
        )}
        <Button type="submit" look="primary" size={isNew ? "large" : "large wide"} disabled={busy}>
          {isNew && !last ? t("profile.next") : t("profile.save")}
        </Button>
      </div>
    </form>
  );
}
