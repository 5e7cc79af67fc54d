import { useQueries, useQueryClient } from "@tanstack/react-query";
import { useState, type FormEvent } from "react";
import { useTranslation } from "../i18n";
import { Link, useNavigate } from "../ui/address";
import { CircleCheck, CircleHelp, CircleX } from "lucide-react";
import { api, ApiProblem, ask } from "../api/client";
import { states } from "../i18n/places";
import { today } from "../i18n/times";
import { reasonText } from "../i18n/reasons";
import type { Account } from "../session/account";
import { useDraft } from "../session/drafts";
import { useProfile, type Profile } from "../session/profile";
import { Button, Field, Note, toast } from "../ui/basics";
import { DraftNote } from "../ui/DraftNote";
import { Layout } from "../ui/Layout";
import type { Decision } from "./Answer";
import { refusalText } from "./refusals";
import { useMySessions } from "./mySessions";

/** Moving house: what it means for one's groups, before anything is saved. */
export function MovePage({ account }: { account: Account }) {
  const { t } = useTranslation();
  const profile = useProfile(true);
  return (
    <Layout account={account} narrow title={t("move.title")}>
      <div className="stack wide">
        <Link to="/me">{t("app.back")}</Link>
        <div className="stack tight">
          <h1>{t("move.title")}</h1>
          <p className="soft">{t("move.intro")}</p>
        </div>
        {profile.isPending && <div className="skeleton hero" aria-busy="true" />}
        {profile.isSuccess &&
          (profile.data ? (
            <MoveForm profile={profile.data} />
          ) : (
            <Link className="button primary" to="/profile">
              {t("profile.title")}
            </Link>
          ))}
      </div>
    </Layout>
  );
}

function MoveForm({ profile }: { profile: Profile }) {
  const { t } = useTranslation();
  const go = useNavigate();
  const queries = useQueryClient();
  const [form, setForm, kept] = useDraft("move", {
    state: "",
    since: today(),
    line1: "",
    city: "",
    postalCode: "",
  });
  const [errors, setErrors] = useState<Record<string, string>>({});
  const [busy, setBusy] = useState(false);
  const save = async (event: FormEvent) => {
    event.preventDefault();
    setBusy(true);
    setErrors({});
    try {
      await ask(api.PUT("/api/me/profile", { body: { ...profile, residence: { ...form, country: "US" } } }));
      await queries.invalidateQueries();
      kept.drop();
      toast(t("move.saved"));
      void go("/");
    } catch (error) {
      const said = error instanceof ApiProblem ? ((error.body.errors ?? {}) as Record<string, string[]>) : {};
      setErrors(
        Object.keys(said).length > 0
          ? Object.fromEntries(Object.entries(said).map(([k, v]) => [k.replace("residence.", ""), v.join(" ")]))
          : { all: refusalText(t, error) },
      );
    } finally {
      setBusy(false);
    }
  };
  const input = (name: keyof typeof form, label: string, type: string, complete: string) => (
    <Field label={label} error={errors[name]}>
      {(ids) => (
        <input
          {...ids}
          className="input"
          type={type}
          required
          autoComplete={complete}
          value={form[name]}
          onChange={(e) => setForm({ ...form, [name]: e.target.value })}
        />
      )}
    </Field>
  );
  return (
    <form className="stack wide" onSubmit={save}>
      <DraftNote kept={kept} />
      <section className="card stack wide" aria-labelledby="where">
        <h2 id="where">{t("move.where")}</h2>
        <Field label={t("profile.state")} error={errors.state}>
          {(ids) => (
            <select {...ids} className="input" required value={form.state} onChange={(e) => setForm({ ...form, state: e.target.value })}>
              <option value="">{t("profile.chooseState")}</option>
              {Object.entries(states).map(([code, name]) => (
                <option key={code} value={code}>
                  {name}
                </option>
              ))}
            </select>
          )}
        </Field>
        {form.state && <GroupsThere state={form.state} now={profile.residence.state ?? ""} />}
      </section>
      <section className="card stack wide" aria-labelledby="address">
        <h2 id="address">{t("move.address")}</h2>
        {input("since", t("move.since"), "date", "off")}
        {input("line1", t("profile.line1"), "text", "address-line1")}
        {input("city", t("profile.city"), "text", "address-level2")}
        {input("postalCode", t("profile.postalCode"), "text", "postal-code")}
      </section>
      {errors.all && (
        <Note look="danger" role="alert">
          {errors.all}
        </Note>
      )}
      <Button type="submit" look="primary" size="large wide" disabled={busy}>
        {t("move.save")}
      </Button>
    </form>
  );
}

/** Whether one could take part in each of one's groups from there. */
function GroupsThere({ state, now }: { state: string; now: string }) {
  const { t } = useTranslation();
  const sessions = useMySessions(true);
  const mine = [
    ...new Map(
      (sessions.data ?? [])
        .filter((s) => s.role === "member" && s.status !== "cancelled" && s.status !== "ended")
        .reverse()
        .map((s) => [s.groupId, s]),
    ).values(),
  ];
  const answers = useQueries({
    queries: mine.map((s) => ({
      queryKey: ["eligibility", s.id, state],
      queryFn: () =>
        ask(
          api.GET("/api/me/eligibility", { params: { query: { sessionId: s.id, jurisdiction: `US-${state}` } as never } }),
        ) as Promise<Decision>,
    })),
  });
  if (state === now) {
    return <Note role="status">{t("move.sameState")}</Note>;
  }

  return (
    <ul className="plain stack wide tight" aria-live="polite">
      {mine.map((s, i) => {
        const outcome = answers[i]?.data?.outcome;
        if (!outcome) {
          return <li key={s.id} className="skeleton" />;
        }

        const [look, icon, text] =
          outcome === "deny"
            ? (["warm", <CircleX aria-hidden key="i" />, t("move.no")] as const)
            : outcome === "hold"
              ? (["", <CircleHelp aria-hidden key="i" />, t("move.maybe")] as const)
              : (["", <CircleCheck aria-hidden key="i" />, t("move.yes")] as const);
        return (
          <li key={s.id}>
            <Note look={look} icon={icon}>
              <strong>{s.groupName}</strong>
              <span>{text}</span>
              {outcome === "deny" && <span className="small">{answers[i]?.data?.reasons.slice(0, 1).map(reasonText)}</span>}
            </Note>
          </li>
        );
      })}
    </ul>
  );
}
