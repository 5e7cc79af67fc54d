import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "../i18n";
import { UsersRound } from "lucide-react";
import { api, ask } from "../api/client";
import { Button, Dialog, Note, toast } from "../ui/basics";
import { weekOfSession } from "./Cover";
import { ProblemNote } from "./kit";

/** Asks whether a session with few members takes place, while that is open. */
export function Quorum({ session }: { session: { id: string; startsAt: string; endsAt: string } }) {
  const { t } = useTranslation("staff");
  const queries = useQueryClient();
  const [sure, setSure] = useState(false);
  const asked = useQuery({
    ...weekOfSession(session),
    select: (week) => week.sessions.find((s) => s.id === session.id)?.quorumAsked ?? false,
  });
  const decide = useMutation({
    mutationFn: (takesPlace: boolean) =>
      ask(api.POST("/api/sessions/{id}/quorum", { params: { path: { id: session.id } }, body: { takesPlace } })),
    onSuccess: async (_, takesPlace) => {
      setSure(false);
      toast(takesPlace ? t("quorum.takesPlace") : t("quorum.cancelled"));
      await queries.invalidateQueries();
    },
  });
  if (!asked.data) {
    return null;
  }

  return (
    <>
      <Note look="warm" icon={<UsersRound aria-hidden />} role="status">
        <strong>{t("quorum.asked")}</strong>
        <span>{t("quorum.text")}</span>
        {!sure && <ProblemNote error={decide.error} />}
        <div className="row">
          <Button look="primary" disabled={decide.isPending} onClick={() => decide.mutate(true)}>
            {t("quorum.yes")}
          </Button>
          <Button look="plain" disabled={decide.isPending} onClick={() => setSure(true)}>
            {t("quorum.no")}
          </Button>
        </div>
      </Note>
      <Dialog open={sure} onOpenChange={setSure} title={t("quorum.sure")} text={t("quorum.sureText")}>
        <ProblemNote error={decide.error} />
        <div className="row end">
          <Button look="primary" disabled={decide.isPending} onClick={() => decide.mutate(true)}>
            {t("quorum.yes")}
          </Button>
          <Button look="danger" disabled={decide.isPending} onClick={() => decide.mutate(false)}>
            {t("quorum.no")}
          </Button>
        </div>
      </Dialog>
    </>
  );
}
