import { useState, type FormEvent } from "react";
import { useTranslation } from "../i18n";
import { refusalText } from "../pages/refusals";
import { Button, Field, Note, toast } from "../ui/basics";
import { call, codeOf, fieldError } from "./calls";
import { PasswordField } from "./ProofFields";
import { withStepUp } from "./stepUp";

/** A new password, or a new address that counts once its mailbox is proven. */
export function ChangePasswordCard() {
  const { t } = useTranslation();
  const [wish, setWish] = useState<"password" | "email" | null>(null);
  const [old, setOld] = useState("");
  const [password, setPassword] = useState("");
  const [email, setEmail] = useState("");
  const [failed, setFailed] = useState<unknown>(null);
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    setFailed(null);
    try {
      const change = { oldPassword: old, ...(wish === "password" ? { newPassword: password } : { newEmail: email }) };
      await withStepUp(() => call("POST", "manage/info", change));
      toast(wish === "password" ? t("account.passwordChanged") : t("account.emailAsked"));
      setWish(null);
      setOld("");
      setPassword("");
      setEmail("");
    } catch (error) {
      setFailed(error);
    }
  };

  const known = fieldError(failed, "newPassword") || fieldError(failed, "newEmail") || codeOf(failed) === "password-wrong";
  return (
    <section className="card stack wide" aria-labelledby="password-title">
      <h2 id="password-title">{t("account.passwordAndEmail")}</h2>
      {wish === null ? (
        <div className="row">
          <Button look="plain" onClick={() => setWish("password")}>
            {t("account.changePassword")}
          </Button>
          <Button look="plain" onClick={() => setWish("email")}>
            {t("account.changeEmail")}
          </Button>
        </div>
      ) : (
        <form className="stack wide" onSubmit={submit}>
          <PasswordField
            label={t("account.oldPassword")}
            value={old}
            onChange={setOld}
            error={codeOf(failed) === "password-wrong" && failed ? t("account.passwordWrong") : null}
          />
          {wish === "password" ? (
            <PasswordField
              label={t("account.newPassword")}
              hint={t("register.passwordHint")}
              value={password}
              onChange={setPassword}
              error={fieldError(failed, "newPassword") ? t("account.passwordWeak") : null}
              isNew
            />
          ) : (
            <Field
              label={t("account.newEmail")}
              hint={t("account.newEmailHint")}
              error={fieldError(failed, "newEmail") ? t("account.emailWrong") : null}
            >
              {(ids) => (
                <input
                  {...ids}
                  className="input"
                  type="email"
                  autoComplete="email"
                  required
                  value={email}
                  onChange={(e) => setEmail(e.target.value)}
                />
              )}
            </Field>
          )}
          {failed !== null && !known && (
            <Note look="danger" role="alert">
              {refusalText(t, failed)}
            </Note>
          )}
          <div className="row">
            <Button type="submit" look="primary">
              {t("account.save")}
            </Button>
            <Button look="quiet" onClick={() => setWish(null)}>
              {t("account.back")}
            </Button>
          </div>
        </form>
      )}
    </section>
  );
}
