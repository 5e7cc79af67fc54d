import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "../i18n";
import { credentialText } from "../i18n/places";
import { UserRoundCheck } from "lucide-react";
import { api, ask } from "../api/client";
import { useMySessions, type MySession } from "../pages/mySessions";
import { Button, Note, toast } from "../ui/basics";
import { Badge, Loaded, ProblemNote } from "./kit";
import { stateName } from "./GroupParts";

/** The calendar around one session: whether it needs another facilitator, or whether it is asked if it takes place. */
export const weekOfSession = (session: Pick<MySession, "id" | "startsAt" | "endsAt"> | undefined) => ({
  queryKey: ["uncovered", session?.id],
  queryFn: () => ask(api.GET("/api/calendar", { params: { query: { from: session!.startsAt, to: session!.endsAt } } })),
  enabled: session !== undefined,
  refetchInterval: 30_000,
});

/** Why one of the facilitator's own sessions needs another facilitator; null while it does not. */
export function useUncovered(session: Pick<MySession, "id" | "startsAt" | "endsAt"> | undefined) {
  return useQuery({
    ...weekOfSession(session),
    select: (week) => week.sessions.find((s) => s.id === session!.id)?.uncovered ?? null,
  });
}

/** Asks for another facilitator for a session, and shows who may lead it. */
export default function Cover({ session: id, known }: { session: string; known?: MySession }) {
  const { t } = useTranslation("staff");
  const queries = useQueryClient();
  const all = useMySessions(!known);
  const session = known ?? all.data?.find((s) => s.id === id);
  const why = useUncovered(session);
  const path = { params: { path: { id } } };
  const list = useQuery({ queryKey: ["substitutes", id], queryFn: () => ask(api.GET("/api/sessions/{id}/substitutes", path)) });
  const changed = () => queries.invalidateQueries({ queryKey: ["uncovered", id] });
  const asking = useMutation({ mutationFn: () => ask(api.POST("/api/sessions/{id}/cover-request", path)), onSuccess: changed });
  const withdrawing = useMutation({
    mutationFn: () => ask(api.DELETE("/api/sessions/{id}/cover-request", path)),
    onSuccess: () => {
      toast(t("cover.withdrawn"));
      return changed();
    },
  });
  return (
    <div className="stack wide">
      {why.data ? (
        <Note look="warm" icon={<UserRoundCheck aria-hidden />} role="status">
          <strong>{why.data === "asked" ? t("cover.asked") : t("cover.known")}</strong>
          <span>{t("cover.askedText")}</span>
        </Note>
      ) : (
        <p className="soft">{t("cover.text")}</p>
      )}
      <ProblemNote error={asking.error ?? withdrawing.error} />
      {why.data === "asked" ? (
        <div>
          <Button look="plain" disabled={withdrawing.isPending} onClick={() => withdrawing.mutate()}>
            {t("cover.withdraw")}
          </Button>
        </div>
      ) : (
        !why.data && (
          <div>
            <Button look="primary" disabled={asking.isPending || why.isPending} onClick={() => asking.mutate()}>
              {t("cover.ask")}
            </Button>
          </div>
        )
      )}
      <Loaded query={list}>
        {({ items }) =>
          items.length === 0 ? (
            <p className="soft">{t("cover.nobody")}</p>
          ) : (
            <>
              <h3>{t("cover.who")}</h3>
              <ul className="plain cover-list">
                {items.slice(0, 5).map((s) => (
                  <li key={s.facilitatorId} className="stack tight">
                    <strong>{s.displayName}</strong>
                    <span className="small soft">{s.credentials.map(credentialText).join(" · ")}</span>
                    <span className="row">
                      {s.busy && <Badge look="warm">{t("cover.busy")}</Badge>}
                      {s.uncovered.length === 0 ? (
                        <Badge look="accent">{t("cover.coversAll")}</Badge>
                      ) : (
                        s.uncovered.map((u) => (
                          <Badge key={u.jurisdiction} look="warm">
                            {t("cover.leaves", { count: u.members, place: stateName(u.jurisdiction) })}
                          </Badge>
                        ))
                      )}
                    </span>
                  </li>
                ))}
              </ul>
            </>
          )
        }
      </Loaded>
    </div>
  );
}
