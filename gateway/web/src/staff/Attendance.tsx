import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "../i18n";
import { api, ask } from "../api/client";
import { timeOf } from "../i18n/times";
import { Badge, Loaded, ProblemNote, Table } from "./kit";
import { useRoster } from "./GroupParts";

const looks = { present: "accent", expected: "", waiting: "", excused: "", no_show: "warm", refused_for_place: "warm" } as const;

/** Who was there, and how long; its facilitators can correct it with one choice. */
export function Attendance({ session, group, correct = false }: { session: string; group: string; correct?: boolean }) {
  const { t } = useTranslation("staff");
  const queries = useQueryClient();
  const roster = useRoster(group);
  const list = useQuery({
    queryKey: ["attendance", session],
    queryFn: () => ask(api.GET("/api/sessions/{id}/attendance", { params: { path: { id: session } } })),
    select: (page) => page.items,
  });
  // Who is not in the roster any more is called as in the room.
  const room = useQuery({
    queryKey: ["room", session],
    queryFn: () => ask(api.GET("/api/sessions/{id}/room", { params: { path: { id: session } } })),
    select: (state) => state.participants,
    retry: false,
  });
  const change = useMutation({
    mutationFn: (one: { member: string; status: string }) =>
      ask(
        api.POST("/api/sessions/{id}/attendance/{memberId}", {
          params: { path: { id: session, memberId: one.member } },
          body: { status: (one.status || null) as never },
        }),
      ),
    onSuccess: () => queries.invalidateQueries({ queryKey: ["attendance", session] }),
  });
  const name = (id: string, participant: string) => {
    const row = roster.data?.find((r) => r.memberId === id);
    const alias = room.data?.find((p) => p.participantId === participant)?.alias;
    return row?.legalName ?? row?.preferredName ?? alias ?? row?.alias ?? `…${id.slice(-6)}`;
  };
  const called = (id: string, participant: string) =>
    room.data?.find((p) => p.participantId === participant)?.alias ?? name(id, participant);
  return (
    <>
      <ProblemNote error={change.error} />
      <Loaded query={list}>
        {(rows) => (
          <Table
            caption={t("attendance.title")}
            rows={rows}
            keyOf={(a) => a.memberId}
            empty={t("attendance.none")}
            columns={[
              {
                head: t("word.member"),
                cell: (a) => (
                  <div className="stack tight">
                    <strong>{name(a.memberId, a.participantId)}</strong>
                    {called(a.memberId, a.participantId) !== name(a.memberId, a.participantId) && (
                      <span className="small soft">{t("roster.called", { name: called(a.memberId, a.participantId) })}</span>
                    )}
                  </div>
                ),
              },
              {
                head: t("word.status"),
                cell: (a) => (
                  <span className="row">
                    <Badge look={looks[a.countedStatus]}>{t(`attendance.${a.countedStatus}`)}</Badge>
                    {a.late && <Badge>{t("attendance.late")}</Badge>}
                    {a.leftEarly && <Badge>{t("attendance.leftEarly")}</Badge>}
                    {a.corrected && <Badge>{t("attendance.corrected")}</Badge>}
                  </span>
                ),
              },
              { head: t("attendance.minutes"), num: true, cell: (a) => a.minutes },
              {
                head: t("attendance.times"),
                cell: (a) => (
                  <span className="small">
                    {a.segments.map((s) => `${timeOf(s.joinedAt)}–${s.leftAt ? timeOf(s.leftAt) : "…"}`).join(", ") || "—"}
                  </span>
                ),
              },
              ...(correct
                ? [
                    {
                      head: t("attendance.correct"),
                      acts: true,
                      cell: (a: (typeof rows)[number]) => (
                        <select
                          className="input small-input"
                          aria-label={t("attendance.correctOf", { name: name(a.memberId, a.participantId) })}
                          value={a.corrected ? a.countedStatus : ""}
                          disabled={change.isPending}
                          onChange={(e) => change.mutate({ member: a.memberId, status: e.target.value })}
                        >
                          <option value="">{t("attendance.asRecorded")}</option>
                          {(["present", "excused", "no_show"] as const).map((s) => (
                            <option key={s} value={s}>
                              {t(`attendance.${s}`)}
                            </option>
                          ))}
                        </select>
                      ),
                    },
                  ]
                : []),
            ]}
          />
        )}
      </Loaded>
    </>
  );
}
