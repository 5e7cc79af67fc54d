import { useState } from "react";
import { useTranslation } from "../i18n";
import { Eye, EyeOff, KeyRound } from "lucide-react";
import { Button, Field } from "../ui/basics";
import { passkeysWork } from "./passkeys";

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

/** The ways on from a form that asks for a proof. */
export function ProofActs(props: { recovery: boolean; onOther: () => void; onPasskey: () => void; passkeyAlone?: boolean }) {
  const { t } = useTranslation();
  return (
    <div className="row">
      {!props.passkeyAlone && (
        <Button type="submit" look="primary">
          {t("account.continue")}
        </Button>
      )}
      {passkeysWork() && (
        <Button look="plain" onClick={props.onPasskey}>
          <KeyRound aria-hidden />
          {t("account.byPasskey")}
        </Button>
      )}
      {!props.passkeyAlone && (
        <Button look="quiet" onClick={props.onOther}>
          {props.recovery ? t("account.useOther") : t("account.useRecovery")}
        </Button>
      )}
    </div>
  );
}
