import { useQueryClient } from "@tanstack/react-query";
import { useState, type FormEvent } from "react";
import { useTranslation } from "../i18n";
import { Link, useLocation, useNavigate } from "../ui/address";
import { api, ApiProblem, ask } from "../api/client";
import { signIn } from "../session/account";
import { useDraft } from "../session/drafts";
import { Button, Field, Note } from "../ui/basics";
import { Layout } from "../ui/Layout";
import { refusalText } from "./refusals";

const shortest = 15;

/** A new account; then on to what is asked of a member. */
export function RegisterPage() {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const go = useNavigate();
  const from = (useLocation().state as { from?: string } | null)?.from;
  const [form, setForm, kept] = useDraft("register", { email: "", displayName: "" });
  // Never kept.
  const [password, setPassword] = useState("");
  const [errors, setErrors] = useState<Record<string, string>>({});
  const [busy, setBusy] = useState(false);
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    if ([...password].length < shortest) {
      setErrors({ password: t("register.tooShort") });
      return;
    }

    setBusy(true);
    setErrors({});
    try {
      await ask(api.POST("/api/identity/register", { body: { ...form, password, displayName: form.displayName.trim() || null } as never }));
      kept.drop();
      await signIn(form.email, password);
      await queries.invalidateQueries({ queryKey: ["account"] });
      void go("/profile", { state: { from } });
    } catch (error) {
      const fields = error instanceof ApiProblem ? ((error.body.errors ?? {}) as Record<string, string[]>) : {};
      const known = Object.fromEntries(Object.entries(fields).map(([field, said]) => [field, said.join(" ")]));
      // A known address answers like a new one: then the password is not the one of that account.
      setErrors(
        Object.keys(known).length > 0
          ? known
          : { all: error instanceof ApiProblem && error.code === "sign-in-refused" ? t("register.known") : refusalText(t, error) },
      );
    } finally {
      setBusy(false);
    }
  };
  const text = (name: keyof typeof form) => ({
    value: form[name],
    onChange: (e: { target: { value: string } }) => setForm({ ...form, [name]: e.target.value }),
  });
  return (
    <Layout account={null} narrow title={t("register.submit")}>
      <div className="stack wide">
        <h1>{t("register.title")}</h1>
        <form className="card stack wide" onSubmit={submit} noValidate>
          <Field label={t("register.name")} hint={t("register.nameHint")} error={errors.displayName}>
            {(ids) => <input {...ids} className="input" autoComplete="nickname" maxLength={80} {...text("displayName")} />}
          </Field>
          <Field label={t("signIn.email")} error={errors.email}>
            {(ids) => <input {...ids} className="input" type="email" autoComplete="username" required {...text("email")} />}
          </Field>
          <Field label={t("signIn.password")} hint={t("register.passwordHint")} error={errors.password}>
            {(ids) => (
              <input
                {...ids}
                className="input"
                type="password"
                autoComplete="new-password"
                required
                value={password}
                onChange={(e) => setPassword(e.target.value)}
              />
            )}
          </Field>
          {errors.all && (
            <Note look="danger" role="alert">
              {errors.all}
            </Note>
          )}
          <Button type="submit" look="primary" size="large wide" disabled={busy}>
            {t("register.submit")}
          </Button>
          <p className="small">
            <Link to="/sign-in" state={{ from }}>
              {t("register.haveOne")}
            </Link>
          </p>
        </form>
      </div>
    </Layout>
  );
}
