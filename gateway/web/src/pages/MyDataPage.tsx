import { useMutation, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "../i18n";
import { Link } from "../ui/address";
import { Download, FileText } from "lucide-react";
import { api, ApiProblem, ask } from "../api/client";
import { dayOf } from "../i18n/times";
import type { Account } from "../session/account";
import { Button, Dialog, Field, Note } from "../ui/basics";
import { Layout } from "../ui/Layout";
import { refusalText } from "./refusals";

/** Everything that is held of oneself: to read, to take away, to have erased. */
export function MyDataPage({ account }: { account: Account }) {
  const { t } = useTranslation();
  return (
    <Layout account={account} narrow title={t("data.title")}>
      <div className="stack wide">
        <Link to="/me">{t("app.back")}</Link>
        <div className="stack tight">
          <h1>{t("data.title")}</h1>
          <p className="soft">{t("data.intro")}</p>
        </div>
        <Export />
        <Erasure />
      </div>
    </Layout>
  );
}

function Export() {
  const { t, i18n } = useTranslation();
  const [run, setRun] = useState<{ id: string; location: string } | null>(null);
  const begin = useMutation({ mutationFn: () => ask(api.GET("/api/me/export", {})), onSuccess: (made) => setRun(made) });
  // 202 until everything is collected; the data itself is left for the links below.
  const ready = useQuery({
    queryKey: ["export", run?.id],
    queryFn: async () => {
      const answer = await fetch(run!.location, { credentials: "same-origin", headers: { Accept: "application/json" } });
      await answer.body?.cancel();
      return answer.status;
    },
    enabled: run !== null,
    refetchInterval: (q) => (q.state.data === 202 || q.state.data === undefined ? 1000 : false),
    retry: false,
  });
  return (
    <section className="card stack wide" aria-labelledby="export">
      <h2 id="export">{t("data.export")}</h2>
      <p>{t("data.exportText")}</p>
      {run && ready.data === 200 ? (
        <div className="row" role="status">
          <a className="button primary" href={`${run.location}?language=${i18n.language}`} target="_blank" rel="noreferrer">
            <FileText aria-hidden />
            {t("data.read")}
          </a>
          <a className="button plain" href={run.location} download="my-data.json">
            <Download aria-hidden />
            {t("data.take")}
          </a>
        </div>
      ) : (
        <Button
          look="primary"
          disabled={begin.isPending || (run !== null && ready.data !== undefined && ready.data < 400)}
          onClick={() => begin.mutate()}
        >
          {run ? t("data.collecting") : t("data.collect")}
        </Button>
      )}
      {(begin.isError || ready.isError || (ready.data ?? 0) >= 400) && (
        <Note look="warm" role="alert">
          {refusalText(t, begin.error ?? ready.error)}
        </Note>
      )}
    </section>
  );
}

function Erasure() {
  const { t } = useTranslation();
  const [open, setOpen] = useState(false);
  const erase = useMutation({ mutationFn: () => ask(api.POST("/api/me/erasure", { body: {} })) });
  const code = erase.error instanceof ApiProblem ? erase.error.code : null;
  if (erase.data) {
    return (
      <section className="card stack wide" aria-labelledby="erasure" role="status">
        <h2 id="erasure">{t("data.erased")}</h2>
        <p>{t("data.erasedText")}</p>
        {erase.data.receipt && (
          <Field label={t("data.receipt")} hint={t("data.receiptHint")}>
            {(ids) => <input {...ids} className="input" readOnly value={erase.data.receipt ?? ""} onFocus={(e) => e.target.select()} />}
          </Field>
        )}
        <p className="small soft">{t("data.asked", { day: dayOf(erase.data.askedAt) })}</p>
      </section>
    );
  }

  return (
    <section className="card stack wide" aria-labelledby="erasure">
      <h2 id="erasure">{t("data.erase")}</h2>
      <p>{t("data.eraseText")}</p>
      <div>
        <Button look="danger-soft" onClick={() => setOpen(true)}>
          {t("data.erase")}
        </Button>
      </div>
      <Dialog open={open} onOpenChange={setOpen} title={t("data.sure")} text={t("data.sureText")}>
        <form
          className="stack wide"
          onSubmit={(e) => {
            e.preventDefault();
            erase.mutate();
          }}
        >
          {erase.isError && code !== "step-up-required" && (
            <Note look="warm" role="alert">
              {refusalText(t, erase.error)}
            </Note>
          )}
          <div className="row end">
            <Button look="primary" onClick={() => setOpen(false)}>
              {t("data.keep")}
            </Button>
            <Button type="submit" look="danger" disabled={erase.isPending}>
              {t("data.eraseNow")}
            </Button>
          </div>
        </form>
      </Dialog>
    </section>
  );
}
