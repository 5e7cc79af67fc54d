import { useState, type FormEvent } from "react";
import { useTranslation } from "../i18n";
import { refusalText } from "../pages/refusals";
import { Button, Note } from "../ui/basics";
import { call, codeOf, fieldError, type TwoFactor } from "./calls";
import { CodeField } from "./ProofFields";
import { withStepUp } from "./stepUp";

/** A picture of rows of 0 and 1. */
function QrCode({ rows, label }: { rows: string[]; label: string }) {
  const path = rows.flatMap((row, y) => [...row].map((dark, x) => (dark === "1" ? `M${x} ${y}h1v1h-1z` : ""))).join("");
  return (
    <svg className="qr-code" viewBox={`0 0 ${rows.length} ${rows.length}`} role="img" aria-label={label} width={200} height={200}>
      <rect width={rows.length} height={rows.length} fill="#fff" />
      <path d={path} fill="#000" />
    </svg>
  );
}

export function AuthenticatorCard({ state, onChanged }: { state: TwoFactor; onChanged: (codes: string[] | null) => Promise<void> }) {
  const { t } = useTranslation();
  const [open, setOpen] = useState(false);
  const [code, setCode] = useState("");
  const [problem, setProblem] = useState<string | null>(null);
  const save = async (body: object) => {
    setProblem(null);
    try {
      const next = await withStepUp(() => call<TwoFactor>("POST", "manage/2fa", body));
      setOpen(false);
      setCode("");
      await onChanged(next.recoveryCodes);
    } catch (error) {
      setProblem(
        fieldError(error, "twoFactorCode")
          ? t("account.codeRefused")
          : codeOf(error) === "last-factor"
            ? t("account.lastFactor")
            : codeOf(error) === "step-up-required"
              ? null
              : refusalText(t, error),
      );
    }
  };

  return (
    <section className="card stack wide" aria-labelledby="authenticator-title">
      <h2 id="authenticator-title">{t("account.authenticator")}</h2>
      <p className="soft">{state.isTwoFactorEnabled ? t("account.authenticatorOn") : t("account.authenticatorText")}</p>
      {!state.isTwoFactorEnabled && !open && (
        <Button look="plain" onClick={() => setOpen(true)}>
          {t("account.addAuthenticator")}
        </Button>
      )}
      {open && state.qrCode && (
        <form
          className="stack wide"
          onSubmit={(event: FormEvent) => {
            event.preventDefault();
            void save({ enable: true, twoFactorCode: code });
          }}
        >
          <p>{t("account.scan")}</p>
          <QrCode rows={state.qrCode} label={t("account.qrLabel")} />
          <p className="small">
            {t("account.orKey")} <code className="shared-key">{state.sharedKey?.match(/.{1,4}/g)?.join(" ")}</code>
          </p>
          <CodeField recovery={false} value={code} onChange={setCode} error={problem} />
          <Button type="submit" look="primary">
            {t("account.turnOn")}
          </Button>
        </form>
      )}
      {problem && !open && (
        <Note look="danger" role="alert">
          {problem}
        </Note>
      )}
      {(state.isTwoFactorEnabled || state.hasPasskey) && (
        <div className="stack tight">
          <p>{t("account.codesLeft", { count: state.recoveryCodesLeft })}</p>
          <div className="row">
            <Button look="plain" onClick={() => void save({ resetRecoveryCodes: true })}>
              {t("account.newCodes")}
            </Button>
            {state.isTwoFactorEnabled && (
              <Button look="quiet" onClick={() => void save({ enable: false })}>
                {t("account.turnOff")}
              </Button>
            )}
          </div>
        </div>
      )}
    </section>
  );
}
