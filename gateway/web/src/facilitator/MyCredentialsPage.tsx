import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "../i18n";
import { dateOf } from "../i18n/times";
import type { Account } from "../session/account";
import { credentialsOf, daysLeft } from "../staff/data";
import { stateName } from "../staff/GroupParts";
import { timeLeft } from "../staff/timeLeft";
import { Badge, Loaded, StaffPage } from "../staff/kit";
import { Note } from "../ui/basics";

const soon = 90;

/** A facilitator's own credentials, and when they end. */
export function MyCredentialsPage({ account }: { account: Account }) {
  const { t } = useTranslation("staff");
  const mine = useQuery({ queryKey: ["credentials", account.id], queryFn: () => credentialsOf(account.id) });
  return (
    <StaffPage account={account} title={t("myCredentials.title")} intro={t("myCredentials.intro")}>
      <Loaded query={mine}>
        {(rows) =>
          rows.length === 0 ? (
            <p className="soft">{t("myCredentials.none")}</p>
          ) : (
            <ul className="plain group-list">
              {rows.map((c) => {
                const days = daysLeft(c.validTo);
                return (
                  <li key={c.id} className="card stack tight">
                    <Badge look={c.status !== "active" || days < 0 ? "danger" : days <= soon ? "warm" : "accent"}>
                      {c.status !== "active" ? t(`credential.${c.status}`) : days < 0 ? t("credential.over") : timeLeft(t, days)}
                    </Badge>
                    <h2>{stateName(c.jurisdiction)}</h2>
                    <p>{[t(`kind.${c.kind}`), c.type, c.compact].filter(Boolean).join(" · ")}</p>
                    <p className="soft">{`${dateOf(c.validFrom)} – ${dateOf(c.validTo)}`}</p>
                    {c.encumbered && <Badge look="warm">{t("credential.encumberedLong")}</Badge>}
                    {c.status === "active" && days >= 0 && days <= soon && (
                      <Note look="warm">{t("myCredentials.soon", { count: days })}</Note>
                    )}
                  </li>
                );
              })}
            </ul>
          )
        }
      </Loaded>
    </StaffPage>
  );
}
