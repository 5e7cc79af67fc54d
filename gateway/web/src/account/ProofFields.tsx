import { useState } from "react";
import { useTranslation } from "../i18n";
import { Eye, EyeOff } from "lucide-react";
import { Button, Field } from "../ui/basics";

/** A password that can be looked at. */
export function PasswordField(props: {
  label: string;
  hint?: string;
  error?: string | null;
  value: string;
  onChange: (value: string) => void;
  isNew?: boolean;
}) {
  const { t } = useTranslation();
  const [shown, setShown] = useState(false);
  return (
    <Field label={props.label} hint={props.hint} error={props.error}>
      {(ids) => (
        <div className="with-button">
          <input
            {...ids}
            className="input"
            type={shown ? "text" : "password"}
            autoComplete={props.isNew ? "new-password" : "current-password"}
            required
            value={props.value}
            onChange={(e) => props.onChange(e.target.value)}
          />
          <Button look="quiet" size="icon" aria-label={shown ? t("signIn.hide") : t("signIn.show")} onClick={() => setShown(!shown)}>
            {shown ? <EyeOff aria-hidden /> : <Eye aria-hidden />}
          </Button>
        </div>
      )}
    </Field>
  );
}

/** The authenticator's code, or one of the recovery codes. */
export function CodeField(props: { recovery: boolean; value: string; onChange: (value: string) => void; error?: string | null }) {
  const { t } = useTranslation();
  return (
    <Field
      label={props.recovery ? t("account.recoveryCode") : t("account.code")}
      hint={props.recovery ? t("account.recoveryHint") : t("account.codeHint")}
      error={props.error}
    >
      {(ids) => (
        <input
          {...ids}
          className="input"
          inputMode={props.recovery ? "text" : "numeric"}
          autoComplete="one-time-code"
          autoCapitalize="none"
          spellCheck={false}
          required
          autoFocus
          value={props.value}
          onChange={(e) => props.onChange(e.target.value)}
        />
      )}
    </Field>
  );
}
