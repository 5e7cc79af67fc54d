import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "../i18n";
import { Link } from "../ui/address";
import { api, ask } from "../api/client";
import type { components } from "../api/schema";
import { languages } from "../i18n";
import type { Account } from "../session/account";
import { useDraft } from "../session/drafts";
import { Button, Field, Note, toast } from "../ui/basics";
import { DraftNote } from "../ui/DraftNote";
import { Layout } from "../ui/Layout";
import { refusalText } from "./refusals";

type Choices = components["schemas"]["notifications.MyNotificationsChoices"];

/** Which mails one wants, in which language, and when not. */
export function NotificationsPage({ account }: { account: Account }) {
  const { t } = useTranslation();
  const mine = useQuery({
    queryKey: ["notifications"],
    queryFn: () => ask(api.GET("/api/me/notifications", {})),
    refetchOnWindowFocus: false,
  });
  return (
    <Layout account={account} narrow title={t("mails.title")}>
      <div className="stack wide">
        <Link to="/me">{t("app.back")}</Link>
        <div className="stack tight">
          <h1>{t("mails.title")}</h1>
          <p className="soft">{t("mails.intro")}</p>
        </div>
        {mine.isPending && <div className="skeleton hero" aria-busy="true" />}
        {mine.isError && (
          <Note look="warm" role="alert">
            {refusalText(t, mine.error)}
          </Note>
        )}
        {mine.data && <ChoicesForm known={mine.data} />}
      </div>
    </Layout>
  );
}

function ChoicesForm({ known }: { known: Choices }) {
  const { t, i18n } = useTranslation();
  const queries = useQueryClient();
  const [form, setForm, kept] = useDraft("mails", {
    ...known,
    quiet: known.quietHours !== null,
    from: known.quietHours?.from ?? "21:00",
    to: known.quietHours?.to ?? "08:00",
  });
  const save = useMutation({
    mutationFn: () =>
      ask(
        api.PUT("/api/me/notifications", {
          body: {
            language: form.language,
            timeZone: form.timeZone,
            quietHours: form.quiet ? { from: form.from, to: form.to } : null,
            kinds: form.kinds,
          },
        }),
      ),
    onSuccess: async (saved) => {
      kept.drop();
      queries.setQueryData(["notifications"], saved);
      toast(t("profile.saved"));
    },
  });
  const name = (kind: string) => {
    const key = `mails.kind_${kind}`;
    return i18n.exists(key) ? t(key as "mails.title") : kind.replaceAll("-", " ");
  };
  return (
    <form
      className="stack wide"
      onSubmit={(e) => {
        e.preventDefault();
        save.mutate();
      }}
    >
      <DraftNote kept={kept} />
      <fieldset className="card stack wide tight">
        <legend>
          <h2>{t("mails.which")}</h2>
        </legend>
        <p className="soft small">{t("mails.always")}</p>
        {form.kinds.map((k) => (
          <label key={k.kind} className="choice">
            <input
              type="checkbox"
              checked={k.on}
              onChange={(e) => setForm({ ...form, kinds: form.kinds.map((x) => (x.kind === k.kind ? { ...x, on: e.target.checked } : x)) })}
            />
            <span>{name(k.kind)}</span>
          </label>
        ))}
      </fieldset>
      <fieldset className="card stack wide">
        <legend>
          <h2>{t("mails.quiet")}</h2>
        </legend>
        <label className="choice">
          <input type="checkbox" checked={form.quiet} onChange={(e) => setForm({ ...form, quiet: e.target.checked })} />
          <span>{t("mails.quietOn")}</span>
        </label>
        {form.quiet && (
          <div className="filters">
            <Field label={t("mails.from")}>
              {(ids) => (
                <input
                  {...ids}
                  className="input"
                  type="time"
                  required
                  value={form.from}
                  onChange={(e) => setForm({ ...form, from: e.target.value })}
                />
              )}
            </Field>
            <Field label={t("mails.to")}>
              {(ids) => (
                <input
                  {...ids}
                  className="input"
                  type="time"
                  required
                  value={form.to}
                  onChange={(e) => setForm({ ...form, to: e.target.value })}
                />
              )}
            </Field>
          </div>
        )}
      </fieldset>
      <div className="card">
        <Field label={t("mails.language")}>
          {(ids) => (
            <select
              {...ids}
              className="input"
              value={form.language}
              onChange={(e) => setForm({ ...form, language: e.target.value as Choices["language"] })}
            >
              {Object.entries(languages).map(([code, label]) => (
                <option key={code} value={code} lang={code}>
                  {label}
                </option>
              ))}
            </select>
          )}
        </Field>
      </div>
      {save.isError && (
        <Note look="warm" role="alert">
          {refusalText(t, save.error)}
        </Note>
      )}
      <Button type="submit" look="primary" size="large wide" disabled={save.isPending}>
        {t("profile.save")}
      </Button>
    </form>
  );
}
