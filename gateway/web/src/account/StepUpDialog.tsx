import { useState, type FormEvent } from "react";
import { useTranslation } from "../i18n";
import { ApiProblem } from "../api/client";
import { Dialog, Note } from "../ui/basics";
import { call, codeOf, type Proof } from "./calls";
import { askPasskey, wasCancelled } from "./passkeys";
import { CodeField, PasswordField, ProofActs } from "./ProofFields";
import { externalStart, useExternalProvider } from "./external";
import type { Asked } from "./stepUp";

/** Asks a person to prove again that it is them. */
export function StepUpDialog({ asked }: { asked: Asked }) {
  const { t } = useTranslation();
  const [password, setPassword] = useState("");
  const [code, setCode] = useState("");
  const [recovery, setRecovery] = useState(false);
  const [methods, setMethods] = useState<string[] | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  const external = useExternalProvider();

  const prove = async (proof: () => Promise<Proof>) => {
    setProblem(null);
    try {
      await call("POST", "reauthenticate?useCookies=true", await proof());
      asked.done(true);
    } catch (error) {
      if (codeOf(error) === "second-factor-needed" && error instanceof ApiProblem) {
        setMethods((error.body.methods as string[] | undefined) ?? []);
      } else if (!wasCancelled(error)) {
        setProblem(codeOf(error) === "network" ? t("problem.network") : t("account.stepUpRefused"));
      }
    }
  };

  const other = () => {
    setRecovery(!recovery);
    setCode("");
  };

  const submit = (event: FormEvent) => {
    event.preventDefault();
    void prove(async () => ({
      password,
      ...(recovery ? { twoFactorRecoveryCode: code } : methods?.includes("authenticator") ? { twoFactorCode: code } : {}),
    }));
  };

  return (
    <Dialog open onOpenChange={(open) => !open && asked.done(false)} title={t("account.stepUp")} text={t("account.stepUpText")}>
      <form className="stack wide" onSubmit={submit}>
        {external?.name && (
          <a className="button plain wide" href={externalStart(window.location.pathname, true)}>
            {t("account.signInWith", { name: external.name })}
          </a>
        )}
        {!external?.only && <PasswordField label={t("signIn.password")} value={password} onChange={setPassword} />}
        {(recovery || methods?.includes("authenticator")) && (
          <CodeField key={String(recovery)} recovery={recovery} value={code} onChange={setCode} />
        )}
        {problem && (
          <Note look="danger" role="alert">
            {problem}
          </Note>
        )}
        <ProofActs
          recovery={recovery}
          onOther={other}
          onPasskey={() => void prove(async () => ({ passkey: await askPasskey() }))}
          passkeyAlone={external?.only}
        />
      </form>
    </Dialog>
  );
}
