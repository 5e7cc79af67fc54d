import { useQueryClient } from "@tanstack/react-query";
import { useState, type FormEvent } from "react";
import { useTranslation } from "../i18n";
import { useNavigate } from "../ui/address";
import { Note } from "../ui/basics";
import { call, codeOf, type Proof } from "./calls";
import { askPasskey, wasCancelled } from "./passkeys";
import { CodeField, ProofActs } from "./ProofFields";

/** After a sign-in by another provider: the own second factor, which the provider knows nothing of. */
export function SecondStep() {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const navigate = useNavigate();
  const [code, setCode] = useState("");
  const [recovery, setRecovery] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);

  const prove = async (proof: () => Promise<Proof>) => {
    setProblem(null);
    try {
      await call("POST", "reauthenticate?useCookies=true", await proof());
      await queries.invalidateQueries({ queryKey: ["account"] });
      void navigate("/", { replace: true });
    } catch (error) {
      if (!wasCancelled(error)) {
        setProblem(codeOf(error) === "network" ? t("problem.network") : t("account.codeRefused"));
      }
    }
  };

  const other = () => {
    setRecovery(!recovery);
    setCode("");
  };

  const submit = (event: FormEvent) => {
    event.preventDefault();
    void prove(async () => (recovery ? { twoFactorRecoveryCode: code } : { twoFactorCode: code }));
  };

  return (
    <form className="card stack wide" onSubmit={submit} aria-labelledby="second-step">
      <h2 id="second-step">{t("account.secondStep")}</h2>
      <p className="soft">{t("account.secondStepOwn")}</p>
      <CodeField key={String(recovery)} recovery={recovery} value={code} onChange={setCode} />
      {problem && (
        <Note look="danger" role="alert">
          {problem}
        </Note>
      )}
      <ProofActs recovery={recovery} onOther={other} onPasskey={() => void prove(async () => ({ passkey: await askPasskey() }))} />
    </form>
  );
}
