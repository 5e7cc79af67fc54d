import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "../i18n";
import { api, ask } from "../api/client";
import { Button, toast } from "../ui/basics";
import { refusalText } from "./refusals";
import type { MySession } from "./mySessions";

/** Telling that one cannot come, and taking it back. Only the facilitators learn it. */
export function Absence({ session }: { session: MySession }) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const path = { params: { path: { id: session.id } } };
  const tell = useMutation({
    mutationFn: async (absent: boolean) => {
      await (absent
        ? ask(api.POST("/api/me/sessions/{id}/absence", path))
        : ask(api.DELETE("/api/me/sessions/{id}/absence", path) as never));
      toast(absent ? t("absence.told") : t("absence.withdrawn"));
    },
    onSettled: () => queries.invalidateQueries({ queryKey: ["my-sessions"] }),
    onError: (error) => toast(refusalText(t, error)),
  });
  return (
    <span className="row">
      {session.absent && <span className="small">{t("absence.stands")}</span>}
      <Button look="quiet" disabled={tell.isPending} onClick={() => tell.mutate(!session.absent)}>
        {session.absent ? t("absence.withdraw") : t("absence.tell")}
      </Button>
    </span>
  );
}
