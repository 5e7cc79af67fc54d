import { useQueryClient } from "@tanstack/react-query";
import { useState, type FormEvent } from "react";
import { useTranslation } from "react-i18next";
import { useLocation, useNavigate } from "react-router";
import { api, ApiProblem, ask } from "../api/client";
import { states } from "../i18n/places";
import { deviceZone } from "../i18n/times";
import type { Account } from "../session/account";
import { useProfile, type Profile } from "../session/profile";
import { Button, Field, Note, toast } from "../ui/basics";
import { Layout } from "../ui/Layout";

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

/** What a practice must know of a member: for the law, and for an emergency. */
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
  const [form, setForm] = useState<Form>({
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
  const submit = async (event: FormEvent) => {
    event.preventDefault();
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
      toast(t("profile.saved"));
      void go(from);
    } catch (error) {
      const said = error instanceof ApiProblem ? ((error.body.errors ?? {}) as Record<string, string[]>) : {};
      setErrors(
        Object.keys(said).length > 0
          ? Object.fromEntries(Object.entries(said).map(([k, v]) => [k, v.join(" ")]))
          : { all: t("problem.network") },
      );
    } finally {
      setBusy(false);
    }
  };
  const field = (name: keyof Form, type = "text") => (
    <Field key={name} label={t(`profile.${name}`)} error={errors[pathOf[name] ?? name]}>
      {(ids) =>
        name === "state" ? (
          <select {...ids} className="input" required value={form.state} onChange={(e) => setForm({ ...form, state: e.target.value })}>
            <option value="">{t("join.chooseState")}</option>
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
  return (
    <form className="stack wide" onSubmit={submit}>
      <div className="stack tight">
        <h1>{t("profile.title")}</h1>
        <p className="soft">{t("profile.intro")}</p>
      </div>
      <section className="card stack wide" aria-labelledby="you">
        <h2 id="you">{t("profile.you")}</h2>
        {field("legalName")}
        {field("dateOfBirth", "date")}
        {field("phone", "tel")}
      </section>
      <section className="card stack wide" aria-labelledby="home">
        <h2 id="home">{t("profile.home")}</h2>
        {field("line1")}
        {field("city")}
        {field("state")}
        {field("postalCode")}
      </section>
      <section className="card stack wide" aria-labelledby="contact">
        <h2 id="contact">{t("profile.contact")}</h2>
        <p className="soft small">{t("profile.contactWhy")}</p>
        {field("contactName")}
        {field("contactPhone", "tel")}
        {field("contactRelation")}
      </section>
      {errors.all && (
        <Note look="danger" role="alert">
          {errors.all}
        </Note>
      )}
      <Button type="submit" look="primary" size="large wide" disabled={busy}>
        {t("profile.save")}
      </Button>
    </form>
  );
}
