import { useQueries } from "@tanstack/react-query";
import { useTranslation } from "../i18n";
import { Link } from "../ui/address";
import { dateOf } from "../i18n/times";
import { credentialsOf, daysLeft, useFacilitators, useNames, type Credential, type Facilitator } from "../staff/data";
import { timeLeft } from "../staff/timeLeft";
import { AllDone, Badge, Section, Table } from "../staff/kit";

const soon = 90;

/** Credentials that end soon, are restricted or not active, the first to end first. */
export function EndingCredentials() {
  const { t } = useTranslation("staff");
  const names = useNames();
  const facilitators = useFacilitators();
  const all = useQueries({
    queries: (facilitators.data ?? []).map((f) => ({ queryKey: ["credentials", f.id], queryFn: () => credentialsOf(f.id) })),
  });
  const rows = (facilitators.data ?? [])
    .flatMap((f, i) => (all[i]?.data ?? []).map((c): { f: Facilitator; c: Credential } => ({ f, c })))
    .filter(({ c }) => daysLeft(c.validTo) <= soon || c.status !== "active" || c.encumbered)
    .sort((a, b) => a.c.validTo.localeCompare(b.c.validTo));
  const pending = facilitators.isPending || all.some((q) => q.isPending);
  return (
    <Section title={t("work.credentials")} text={t("work.credentialsText", { days: soon })} count={pending ? undefined : rows.length}>
      {pending ? (
        <div className="skeleton" aria-busy="true" />
      ) : rows.length === 0 ? (
        <AllDone text={t("work.credentialsNone")} />
      ) : (
        <Table
          caption={t("work.credentials")}
          rows={rows}
          keyOf={({ c }) => c.id}
          columns={[
            { head: t("word.facilitator"), cell: ({ f }) => <Link to={`/operate/people/${f.id}`}>{f.displayName}</Link> },
            {
              head: t("word.credential"),
              cell: ({ c }) => `${t(`kind.${c.kind}`)}${c.type ? ` ${c.type}` : ""}, ${names.place(c.jurisdiction)}`,
            },
            { head: t("word.ends"), cell: ({ c }) => dateOf(c.validTo) },
            { head: t("word.left"), cell: ({ c }) => <Left days={daysLeft(c.validTo)} status={c.status} encumbered={c.encumbered} /> },
          ]}
        />
      )}
    </Section>
  );
}

export function Left({ days, status, encumbered }: { days: number; status: Credential["status"]; encumbered: boolean }) {
  const { t } = useTranslation("staff");
  if (status !== "active") {
    return <Badge look="danger">{t(`credential.${status}`)}</Badge>;
  }

  return (
    <span className="row">
      <Badge look={days < 0 ? "danger" : days <= 30 ? "danger" : days <= soon ? "warm" : "accent"}>
        {days < 0 ? t("credential.over") : timeLeft(t, days)}
      </Badge>
      {encumbered && <Badge look="warm">{t("credential.encumbered")}</Badge>}
    </span>
  );
}
