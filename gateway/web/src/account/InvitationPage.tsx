import { useState, type FormEvent } from "react";
import { useTranslation } from "../i18n";
import { refusalText } from "../pages/refusals";
import { Link } from "../ui/address";
import { Button, Note } from "../ui/basics";
import { Layout } from "../ui/Layout";
import { call, codeOf, fieldError } from "./calls";
import { PasswordField } from "./ProofFields";
import { useLinkToken } from "./useLinkToken";

/** The page that the link in an invitation opens: a new person chooses a password, a known one gives theirs. */
export function InvitationPage() {
  const { t } = useTranslation();
  const token = useLinkToken();
  const [password, setPassword] = useState("");
  const [done, setDone] = useState(false);
  const [problem, setProblem] = useState<string | null>(token ? null : t("account.linkDead"));
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    setProblem(null);
    try {
      await call("POST", "invitations/accept", { token, password });
      setDone(true);
    } catch (error) {
      setProblem(
        fieldError(error, "password")
          ? t("account.passwordWeak")
          : codeOf(error) === "validation"
            ? t("account.invitationRefused")
            : refusalText(t, error),
      );
    }
  };

  return (
    <Layout account={null} narrow title={t("account.invitationTitle")}>
      <div className="stack wide">
        <h1>{t("account.invitationTitle")}</h1>
        {done ? (
          <>
            <Note role="status">{t("account.invitationDone")}</Note>
            <Link className="button primary" to="/sign-in">
              {t("account.toSignIn")}
            </Link>
          </>
        ) : (
          <form className="card stack wide" onSubmit={submit}>
            <p className="soft">{t("account.invitationText")}</p>
            <PasswordField label={t("signIn.password")} hint={t("register.passwordHint")} value={password} onChange={setPassword} isNew />
            {problem && (
              <Note look="danger" role="alert">
                {problem}
              </Note>
            )}
            <Button type="submit" look="primary" size="large wide" disabled={!token}>
              {t("account.invitationAccept")}
            </Button>
          </form>
        )}
      </div>
    </Layout>
  );
}
