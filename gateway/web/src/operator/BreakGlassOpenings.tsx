import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "../i18n";
import { Link } from "../ui/address";
import { api, ask } from "../api/client";
import { momentOf } from "../i18n/times";
import { useNames } from "../staff/data";
import { Section, Table } from "../staff/kit";

const most = 20;
const recentMs = 14 * 24 * 3600_000;

/** Groups that were opened in an emergency within two weeks: who, why, and whose sheets. */
export function BreakGlassOpenings() {
  const { t } = useTranslation("staff");
  const names = useNames();
  const list = useQuery({
    queryKey: ["break-glass"],
    queryFn: () => ask(api.GET("/api/break-glass", { params: { query: { limit: most } } as never })),
    select: (page) => page.items.filter((o) => Date.parse(o.at) > Date.now() - recentMs),
    refetchInterval: 60_000,
  });
  if (!list.data || list.data.length === 0) {
    return null;
  }

  return (
    <Section title={t("glass.review")} text={t("glass.reviewText")} count={list.data.length}>
      <Table
        caption={t("glass.review")}
        rows={list.data}
        keyOf={(o) => o.id}
        columns={[
          { head: t("word.when"), cell: (o) => momentOf(o.at) },
          { head: t("glass.who"), cell: (o) => `${names.facilitator(o.by)} (${t(`glass.role_${o.role}`)})` },
          { head: t("word.group"), cell: (o) => <Link to={`/operate/groups/${o.groupId}`}>{names.group(o.groupId)}</Link> },
          { head: t("word.reason"), cell: (o) => o.reason },
          {
            head: t("glass.sheets"),
            cell: (o) =>
              o.opened.length === 0
                ? t("glass.noSheet")
                : o.opened.map((d) => (
                    <div key={`${d.memberId} ${d.at}`}>
                      <Link to={`/operate/members/${d.memberId}`}>{names.member(d.memberId)}</Link>
                      {d.reason && <span className="soft small"> {d.reason}</span>}
                    </div>
                  )),
          },
        ]}
      />
    </Section>
  );
}
