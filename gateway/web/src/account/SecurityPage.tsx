import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "../i18n";
import { KeyRound, Laptop, ShieldCheck } from "lucide-react";
import { dateOf, momentOf } from "../i18n/times";
import type { Account } from "../session/account";
import { Link } from "../ui/address";
import { Button, Field, Note, toast } from "../ui/basics";
import { Layout } from "../ui/Layout";
import { AuthenticatorCard } from "./AuthenticatorCard";
import { call, codeOf, type Passkey, type Session, type TwoFactor } from "./calls";
import { ChangePasswordCard } from "./ChangePasswordCard";
import { addPasskey, passkeysWork, wasCancelled } from "./passkeys";
import { RecoveryCodes } from "./RecoveryCodes";
import { SecondStep } from "./SecondStep";
import { withStepUp } from "./stepUp";

/** The own account: passkeys, authenticator, recovery codes, password, and where it is signed in. */
export function SecurityPage({ account }: { account: Account }) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const [codes, setCodes] = useState<string[] | null>(null);
  const factors = useQuery({
    queryKey: ["account", "factors"],
    queryFn: () => withStepUp(() => call<TwoFactor>("POST", "manage/2fa")),
    staleTime: Infinity,
    retry: false,
  });
  const renewed = async (made: string[] | null) => {
    if (made) {
      setCodes(made);
    }

    // The new factor counts for this sign-in from its next token on.
    await call("POST", "refresh?useCookies=true").catch(() => undefined);
    await queries.invalidateQueries({ queryKey: ["account"] });
  };

  return (
    <Layout account={account} narrow title={t("account.security")}>
      <div className="stack wide">
        {!account.secondFactorRequired && <Link to="/me">{t("app.back")}</Link>}
        <div className="stack tight">
          <h1>{t("account.security")}</h1>
          <p className="soft">{account.email}</p>
        </div>
        {account.secondFactorRequired && account.secondFactor && <SecondStep />}
        {!account.emailConfirmed && <UnconfirmedNote email={account.email} />}
        {factors.data?.isRequired && !factors.data.isTwoFactorEnabled && !factors.data.hasPasskey && (
          <Note look="warm" icon={<ShieldCheck aria-hidden />}>
            {t("account.factorNeeded")}
          </Note>
        )}
        {codes && <RecoveryCodes codes={codes} onDone={() => setCodes(null)} />}
        {factors.isPending ? (
          <div className="skeleton hero" aria-busy="true" />
        ) : (
          <>
            <PasskeysCard onAdded={renewed} />
            {factors.data && <AuthenticatorCard state={factors.data} onChanged={renewed} />}
            <ChangePasswordCard />
            <SessionsCard />
          </>
        )}
      </div>
    </Layout>
  );
}

function UnconfirmedNote({ email }: { email: string }) {
  const { t } = useTranslation();
  return (
    <Note look="warm">
      <p>{t("account.unconfirmed")}</p>
      <Button
        look="plain"
        onClick={async () => {
          await call("POST", "resendConfirmationEmail", { email }).catch(() => undefined);
          toast(t("account.confirmSent"));
        }}
      >
        {t("account.resend")}
      </Button>
    </Note>
  );
}

function PasskeysCard({ onAdded }: { onAdded: (codes: string[] | null) => Promise<void> }) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const [name, setName] = useState("");
  const [problem, setProblem] = useState<string | null>(null);
  const list = useQuery({
    queryKey: ["account", "passkeys"],
    queryFn: async () => (await call<{ items: Passkey[] }>("GET", "passkeys")).items,
  });
  const act = async (run: () => Promise<void>) => {
    setProblem(null);
    try {
      await run();
    } catch (error) {
      if (!wasCancelled(error) && codeOf(error) !== "step-up-required") {
        setProblem(codeOf(error) === "last-factor" ? t("account.lastFactor") : t("account.passkeyRefused"));
      }
    }

    await queries.invalidateQueries({ queryKey: ["account"] });
  };

  return (
    <section className="card stack wide" aria-labelledby="passkeys-title">
      <h2 id="passkeys-title">{t("account.passkeys")}</h2>
      <p className="soft">{t("account.passkeysText")}</p>
      {list.data?.map((one) => (
        <div key={one.id} className="row spread">
          <span className="row together">
            <KeyRound aria-hidden />
            <span>
              {one.name} <span className="soft small">{dateOf(one.createdAt)}</span>
            </span>
          </span>
          <Button
            look="quiet"
            aria-label={t("account.removeNamed", { name: one.name })}
            onClick={() => void act(() => withStepUp(() => call("DELETE", `passkeys/${one.id}`)))}
          >
            {t("account.remove")}
          </Button>
        </div>
      ))}
      {passkeysWork() ? (
        <>
          <Field label={t("account.passkeyName")} hint={t("account.passkeyNameHint")} error={problem}>
            {(ids) => <input {...ids} className="input" maxLength={100} value={name} onChange={(e) => setName(e.target.value)} />}
          </Field>
          <Button
            look="primary"
            onClick={() =>
              void act(async () => {
                await onAdded(await withStepUp(() => addPasskey(name.trim() || t("account.thisDevice"))));
                setName("");
              })
            }
          >
            {t("account.addPasskey")}
          </Button>
        </>
      ) : (
        <Note>{t("account.noPasskeys")}</Note>
      )}
    </section>
  );
}

function SessionsCard() {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const list = useQuery({
    queryKey: ["account", "sessions"],
    queryFn: async () => (await call<{ items: Session[] }>("GET", "sessions")).items,
  });
  const end = async (path: string) => {
    await call("DELETE", path).catch(() => undefined);
    await queries.invalidateQueries({ queryKey: ["account", "sessions"] });
  };
  return (
    <section className="card stack wide" aria-labelledby="sessions-title">
      <h2 id="sessions-title">{t("account.sessions")}</h2>
      <p className="soft">{t("account.sessionsText")}</p>
      {list.data?.map((one) => (
        <div key={one.id} className="row spread">
          <span className="row together">
            <Laptop aria-hidden />
            <span className="stack tight">
              <span id={`device-${one.id}`}>{one.device || t("account.unknownDevice")}</span>
              <span className="soft small">
                {one.current
                  ? t("account.thisOne")
                  : t("account.usedFromTo", { from: momentOf(one.startedAt), to: momentOf(one.lastUsedAt) })}
              </span>
            </span>
          </span>
          {!one.current && (
            <Button look="quiet" aria-describedby={`device-${one.id}`} onClick={() => void end(`sessions/${one.id}`)}>
              {t("account.end")}
            </Button>
          )}
        </div>
      ))}
      {(list.data?.length ?? 0) > 1 && (
        <Button look="danger-soft" onClick={() => void end("sessions")}>
          {t("account.endOthers")}
        </Button>
      )}
    </section>
  );
}
