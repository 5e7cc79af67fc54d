import { useState, type FormEvent } from "react";
import { useTranslation } from "../i18n";
import { refusalText } from "../pages/refusals";
import { Link } from "../ui/address";
import { Button, Field, Note } from "../ui/basics";
import { Layout } from "../ui/Layout";
import { call, codeOf, fieldError } from "./calls";
import { PasswordField } from "./ProofFields";
import { useLinkToken } from "./useLinkToken";

export function ForgotPasswordPage() {
  const { t } = useTranslation();
  const [email, setEmail] = useState("");
  const [sent, setSent] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    setProblem(null);
    try {
      await call("POST", "forgotPassword", { email });
      setSent(true);
    } catch (error) {
      setProblem(
        fieldError(error, "email")
          ? t("account.emailWrong")
          : codeOf(error) === "too-many-requests"
            ? t("problem.tooMany")
            : refusalText(t, error),
      );
    }
  };

  return (
    <Layout account={null} narrow title={t("account.forgotTitle")}>
      <div className="stack wide">
        <h1>{t("account.forgotTitle")}</h1>
        {sent ? (
          <Note role="status">{t("account.forgotSent")}</Note>
        ) : (
          <form className="card stack wide" onSubmit={submit}>
            <p className="soft">{t("account.forgotText")}</p>
            <Field label={t("signIn.email")} error={problem}>
              {(ids) => (
                <input
                  {...ids}
                  className="input"
                  type="email"
                  autoComplete="username"
                  required
                  value={email}
                  onChange={(e) => setEmail(e.target.value)}
                />
              )}
            </Field>
            <Button type="submit" look="primary" size="large wide">
              {t("account.forgotSend")}
            </Button>
          </form>
        )}
        <Link className="button quiet" to="/sign-in">
          {t("account.toSignIn")}
        </Link>
      </div>
    </Layout>
  );
}

export function ResetPasswordPage() {
  const { t } = useTranslation();
  const token = useLinkToken();
  const [password, setPassword] = useState("");
  const [done, setDone] = useState(false);
  const [dead, setDead] = useState(!token);
  const [problem, setProblem] = useState<string | null>(null);
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    setProblem(null);
    try {
      await call("POST", "resetPassword", { resetCode: token, newPassword: password });
      setDone(true);
    } catch (error) {
      if (fieldError(error, "resetCode")) {
        setDead(true);
      } else {
        setProblem(fieldError(error, "newPassword") ? t("account.passwordWeak") : refusalText(t, error));
      }
    }
  };

  return (
    <Layout account={null} narrow title={t("account.resetTitle")}>
      <div className="stack wide">
        <h1>{t("account.resetTitle")}</h1>
        {done ? (
          <>
            <Note role="status">{t("account.resetDone")}</Note>
            <Link className="button primary" to="/sign-in">
              {t("account.toSignIn")}
            </Link>
          </>
        ) : dead ? (
          <>
            <Note look="warm" role="alert">
              {t("account.linkDead")}
            </Note>
            <Link className="button primary" to="/account/forgot-password">
              {t("account.newLink")}
            </Link>
          </>
        ) : (
          <form className="card stack wide" onSubmit={submit}>
            <PasswordField
              label={t("account.newPassword")}
              hint={t("register.passwordHint")}
              error={problem}
              value={password}
              onChange={setPassword}
              isNew
            />
            <p className="soft small">{t("account.resetEnds")}</p>
            <Button type="submit" look="primary" size="large wide">
              {t("account.save")}
            </Button>
          </form>
        )}
      </div>
    </Layout>
  );
}
