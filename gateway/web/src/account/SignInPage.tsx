import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useState, type FormEvent } from "react";
import { useTranslation } from "../i18n";
import { refusalText } from "../pages/refusals";
import { Link, useLocation, useNavigate } from "../ui/address";
import { KeyRound } from "lucide-react";
import { ApiProblem } from "../api/client";
import { markSignedIn } from "../session/account";
import { Button, Field, Note } from "../ui/basics";
import { Layout } from "../ui/Layout";
import { call, codeOf } from "./calls";
import { externalStart, useExternalProvider } from "./external";
import { askPasskey, passkeysWork, wasCancelled } from "./passkeys";
import { CodeField, PasswordField } from "./ProofFields";

/** Sign-in by password, with a second step where the account has one, or by a passkey alone. */
export function SignInPage() {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const place = useLocation();
  const [email, setEmail] = useState("");
  const [password, setPassword] = useState("");
  const [code, setCode] = useState("");
  const [recovery, setRecovery] = useState(false);
  const [methods, setMethods] = useState<string[] | null>(null);
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string | null>(location.hash === "#external-failed" ? t("account.externalFailed") : null);
  const navigate = useNavigate();
  const external = useExternalProvider();

  // Back from another provider, whose answer set the cookie.
  useEffect(() => {
    if (location.hash === "#signed-in") {
      const page = new URLSearchParams(location.search).get("to") ?? "/";
      markSignedIn();
      void navigate("/sign-in", { replace: true, state: { from: /^\/(?![/\\])/.test(page) ? page : "/" } });
      void queries.invalidateQueries({ queryKey: ["account"] });
    }
  }, [navigate, queries]);

  const run = async (act: () => Promise<unknown>) => {
    setBusy(true);
    setProblem(null);
    try {
      await act();
      markSignedIn();
      await queries.invalidateQueries({ queryKey: ["account"] });
    } catch (error) {
      if (codeOf(error) === "second-factor-needed" && error instanceof ApiProblem) {
        const offered = (error.body.methods as string[] | undefined) ?? [];
        setMethods(offered);
        setRecovery(!offered.includes("authenticator") && !passkeysWork());
      } else if (!wasCancelled(error)) {
        setProblem(
          codeOf(error) === "sign-in-refused"
            ? t("signIn.refused")
            : codeOf(error) === "second-factor-refused"
              ? t("account.codeRefused")
              : codeOf(error) === "passkey-refused"
                ? t("account.passkeyRefused")
                : codeOf(error) === "too-many-requests"
                  ? t("problem.tooMany")
                  : refusalText(t, error),
        );
      }
    } finally {
      setBusy(false);
    }
  };

  const submit = (event: FormEvent) => {
    event.preventDefault();
    void run(() =>
      call("POST", "login?useCookies=true", {
        email,
        password,
        ...(methods && (recovery ? { twoFactorRecoveryCode: code } : { twoFactorCode: code })),
      }),
    );
  };

  const byPasskey = () => void run(async () => call("POST", "login/passkey?useCookies=true", await askPasskey()));
  const { from = "/", ended = false } = (place.state ?? {}) as { from?: string; ended?: boolean };
  const asksCode = methods && (recovery || methods.includes("authenticator"));
  return (
    <Layout account={null} narrow title={t("signIn.submit")}>
      <div className="stack wide sign-in">
        <div className="stack tight">
          <h1>{methods ? t("account.secondStep") : t("signIn.title")}</h1>
          <p className="soft">{methods ? t("account.secondStepIntro") : t("signIn.intro")}</p>
        </div>
        {ended && !methods && <Note role="status">{t("refusals.not-signed-in")}</Note>}
        {external?.name && !methods && (
          <a className="button primary large wide" href={externalStart(from)}>
            {t("account.signInWith", { name: external.name })}
          </a>
        )}
        {external?.only && problem && (
          <Note look="danger" role="alert">
            {problem}
          </Note>
        )}
        <form className="card stack wide" onSubmit={submit} hidden={external?.only}>
          {!methods && (
            <>
              <Field label={t("signIn.email")}>
                {(ids) => (
                  <input
                    {...ids}
                    className="input"
                    type="email"
                    autoComplete="username webauthn"
                    inputMode="email"
                    required
                    value={email}
                    onChange={(e) => setEmail(e.target.value)}
                  />
                )}
              </Field>
              <PasswordField label={t("signIn.password")} value={password} onChange={setPassword} />
            </>
          )}
          {asksCode && <CodeField key={String(recovery)} recovery={recovery} value={code} onChange={setCode} />}
          {problem && (
            <Note look="danger" role="alert">
              {problem}
            </Note>
          )}
          {(!methods || asksCode) && (
            <Button type="submit" look="primary" size="large wide" disabled={busy}>
              {busy ? t("signIn.busy") : methods ? t("account.continue") : t("signIn.submit")}
            </Button>
          )}
          {passkeysWork() && (!methods || methods.includes("passkey")) && (
            <Button look={methods && !asksCode ? "primary" : "plain"} size="large wide" disabled={busy} onClick={byPasskey}>
              <KeyRound aria-hidden />
              {t("account.byPasskey")}
            </Button>
          )}
          {methods && (
            <Button
              look="quiet"
              onClick={() => {
                setRecovery(!recovery);
                setCode("");
                setProblem(null);
              }}
            >
              {recovery ? t("account.useOther") : t("account.useRecovery")}
            </Button>
          )}
          {!methods && <p className="soft small">{t("signIn.private")}</p>}
        </form>
        {methods ? (
          <Button
            look="quiet"
            onClick={() => {
              setMethods(null);
              setProblem(null);
              setCode("");
            }}
          >
            {t("account.back")}
          </Button>
        ) : external?.only ? null : (
          <div className="row">
            <Link className="button plain" to="/groups">
              {t("groups.title")}
            </Link>
            <Link className="button quiet" to="/register" state={place.state}>
              {t("register.submit")}
            </Link>
            <Link className="button quiet" to="/account/forgot-password">
              {t("account.forgot")}
            </Link>
          </div>
        )}
      </div>
    </Layout>
  );
}
