import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "../i18n";
import { Link } from "../ui/address";
import { api, ask } from "../api/client";
import type { components } from "../api/schema";
import { momentOf } from "../i18n/times";
import { states } from "../i18n/places";
import { Badge, Loaded, Table } from "./kit";

/** A programme, week by week. */
export function Program({ weeks }: { weeks: components["schemas"]["scheduling.ProgramWeek"][] }) {
  const { t } = useTranslation("staff");
  return (
    <ol className="plain week-list">
      {weeks.map((w) => (
        <li key={w.week}>
          <details>
            <summary>
              <span className="count">{w.week}</span>
              {w.title}
            </summary>
            <div className="stack tight week-body">
              <p>{w.guidance}</p>
              {w.skills.length > 0 && (
                <p>
                  <strong>{t("groups.skills")}:</strong> {w.skills.join("; ")}
                </p>
              )}
              {w.homework && (
                <p>
                  <strong>{t("groups.homework")}:</strong> {w.homework}
                </p>
              )}
            </div>
          </details>
        </li>
      ))}
    </ol>
  );
}

/** @param former Those too whose seat has ended: what is recorded of them names them still. */
export const useRoster = (group: string, former = false) =>
  useQuery({
    queryKey: ["roster", group, former],
    queryFn: () =>
      ask(api.GET("/api/groups/{id}/roster", { params: { path: { id: group }, query: { limit: 500, ...(former && { former }) } } })),
    select: (page) => page.items,
  });

/** The state's name of a jurisdiction; its code where it has none. */
export const stateName = (code: string | null) => (code ? (states[code.replace("US-", "")] ?? code) : "—");

/** The members with a seat in a group. */
export function Roster({ group, link = false }: { group: string; link?: boolean }) {
  const { t } = useTranslation("staff");
  const roster = useRoster(group);
  return (
    <Loaded query={roster}>
      {(rows) => (
        <Table
          caption={t("roster.title")}
          rows={rows}
          keyOf={(r) => r.enrollmentId}
          empty={t("roster.none")}
          columns={[
            {
              head: t("word.member"),
              cell: (r) => (
                <div className="stack tight">
                  {link ? (
                    <Link to={`/operate/members/${r.memberId}`}>{r.legalName ?? r.alias}</Link>
                  ) : (
                    <strong>{r.legalName ?? r.alias}</strong>
                  )}
                </div>
              ),
            },
            { head: t("roster.alias"), cell: (r) => r.preferredName ?? r.alias },
            { head: t("roster.state"), cell: (r) => stateName(r.state) },
            {
              head: t("word.status"),
              cell: (r) => (
                <span className="row">
                  <Badge look={r.status === "enrolled" ? "accent" : "warm"}>{t(`enrollment.${r.status}`)}</Badge>
                  {r.firstSession && <Badge>{t("roster.first")}</Badge>}
                  {r.graceUntil && <Badge look="warm">{t("roster.grace", { until: momentOf(r.graceUntil) })}</Badge>}
                </span>
              ),
            },
          ]}
        />
      )}
    </Loaded>
  );
}
