import type { Actor } from "@grouptherapy/room-client";
import { useState, type ReactNode } from "react";
import { useTranslation } from "../i18n";
import { Button, Dialog, Field } from "../ui/basics";
import { useAct, type Room } from "./useRoom";

/** Removing takes two taps: it cannot be undone by the person, and a finger slips. */
export function useRemoval(): { ask: (room: Room, person: Pick<Actor, "participantId" | "alias">) => void; dialog: ReactNode } {
  const { t } = useTranslation();
  const act = useAct();
  const [whom, setWhom] = useState<{ room: Room; person: Pick<Actor, "participantId" | "alias"> } | null>(null);
  const [reason, setReason] = useState("");
  const dialog = whom && (
    <Dialog
      open
      onOpenChange={(open) => !open && setWhom(null)}
      title={t("people.removeTitle", { alias: whom.person.alias })}
      text={t("people.removeText")}
    >
      <form
        className="stack wide"
        onSubmit={async (e) => {
          e.preventDefault();
          const said = reason.trim() || t("people.removeDefault");
          if (await act(() => whom.room.client.call("Remove", { participantId: whom.person.participantId, reason: said }))) {
            setWhom(null);
          }
        }}
      >
        <Field label={t("people.removeReason")}>
          {(ids) => <input {...ids} className="input" maxLength={200} value={reason} onChange={(e) => setReason(e.target.value)} />}
        </Field>
        <div className="row">
          <Button type="submit" look="danger">
            {t("people.removeYes")}
          </Button>
          <Button look="plain" onClick={() => setWhom(null)}>
            {t("app.cancel")}
          </Button>
        </div>
      </form>
    </Dialog>
  );
  return {
    ask: (room, person) => {
      setReason("");
      setWhom({ room, person });
    },
    dialog,
  };
}
