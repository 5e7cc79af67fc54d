import { useQueryClient } from "@tanstack/react-query";
import { useState, type FormEvent } from "react";
import { useTranslation } from "react-i18next";
import { Link, useLocation } from "react-router";
import { Eye, EyeOff } from "lucide-react";
import { ApiProblem } from "../api/client";
import { signIn } from "../session/account";
import { Button, Field, Note } from "../ui/basics";
import { Layout } from "../ui/Layout";

export function SignInPage() {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const place = useLocation();
  const [email, setEmail] = useState("");
  const [password, setPassword] = useState("");
  const [shown, setShown] = useState(false);
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);

  const submit = async (event: FormEvent) => {
    event.preventDefault();
    setBusy(true);
    setProblem(null);
    try {
      await signIn(email, password);
      await queries.invalidateQueries({ queryKey: ["account"] });
    } catch (error) {
      const code = error instanceof ApiProblem ? error.code : "";
      setProblem(
        code === "sign-in-refused" ? t("signIn.refused") : code === "too-many-requests" ? t("problem.tooMany") : t("problem.network"),
      );
    } finally {
      setBusy(false);
    }
  };

  return (
    <Layout account={null} narrow title={t("signIn.submit")}>
      <div className="stack wide sign-in">
        <div className="stack tight">
          <h1>{t("signIn.title")}</h1>
          <p className="soft">{t("signIn.intro")}</p>
        </div>
        <form className="card stack wide" onSubmit={submit}>
          <Field label={t("signIn.email")}>
            {(ids) => (
              <input
                {...ids}
                className="input"
                type="email"
                autoComplete="username"
                inputMode="email"
                required
                value={email}
                onChange={(e) => setEmail(e.target.value)}
              />
            )}
          </Field>
          <Field label={t("signIn.password")}>
            {(ids) => (
              <div className="with-button">
                <input
                  {...ids}
                  className="input"
                  type={shown ? "text" : "password"}
                  autoComplete="current-password"
                  required
                  value={password}
                  onChange={(e) => setPassword(e.target.value)}
                />
                <Button look="quiet" size="icon" aria-label={shown ? t("signIn.hide") : t("signIn.show")} onClick={() => setShown(!shown)}>
                  {shown ? <EyeOff aria-hidden /> : <Eye aria-hidden />}
                </Button>
              </div>
            )}
          </Field>
          {problem && (
            <Note look="danger" role="alert">
              {problem}
            </Note>
          )}
          <Button type="submit" look="primary" size="large wide" disabled={busy}>
            {busy ? t("signIn.busy") : t("signIn.submit")}
          </Button>
          <p className="soft small">{t("signIn.private")}</p>
        </form>
        <div className="row">
          <Link className="button plain" to="/groups">
            {t("groups.title")}
          </Link>
          <Link className="button quiet" to="/register" state={place.state}>
            {t("register.submit")}
          </Link>
        </div>
      </div>
    </Layout>
  );
}
