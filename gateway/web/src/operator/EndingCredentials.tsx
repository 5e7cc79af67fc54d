import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "../i18n";
import { Link } from "../ui/address";
import { api, ask } from "../api/client";
import { dateOf } from "../i18n/times";
import { daysLeft, useNames, type Credential } from "../staff/data";
import { timeLeft } from "../staff/timeLeft";
import { AllDone, Badge, ProblemNote, Section, Table } from "../staff/kit";

const soon = 90;

/** Credentials that end soon, are restricted or not active, the first to end first. */
export function EndingCredentials() {
  const { t } = useTranslation("staff");
  const names = useNames();
  const ending = useQuery({
    queryKey: ["credentials", "ending"],
    queryFn: () => ask(api.GET("/api/facilitators/credentials", { params: { query: { days: soon, limit: 500 } } as never })),
    select: (page) => [...page.items].sort((a, b) => a.validTo.localeCompare(b.validTo)),
  });
  const rows = ending.data ?? [];
  return (
    <Section title={t("work.credentials")} text={t("work.credentialsText", { days: soon })} count={ending.data && rows.length}>
      {ending.isPending ? (
        <div className="skeleton" aria-busy="true" />
      ) : ending.isError ? (
        <ProblemNote error={ending.error} />
      ) : rows.length === 0 ? (
        <AllDone text={t("work.credentialsNone")} />
      ) : (
        <Table
          caption={t("work.credentials")}
          rows={rows}
          keyOf={(c) => c.id}
          columns={[
            {
              head: t("word.facilitator"),
              cell: (c) => <Link to={`/operate/people/${c.facilitatorId}`}>{names.facilitator(c.facilitatorId)}</Link>,
            },
            {
              head: t("word.credential"),
              cell: (c) => `${t(`kind.${c.kind}`)}${c.type ? ` ${c.type}` : ""}, ${names.place(c.jurisdiction)}`,
            },
            { head: t("word.ends"), cell: (c) => dateOf(c.validTo) },
            { head: t("word.left"), cell: (c) => <Left days={daysLeft(c.validTo)} status={c.status} encumbered={c.encumbered} /> },
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
