import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "../i18n";
import { api, ask } from "../api/client";
import type { components } from "../api/schema";
import { timeOf } from "../i18n/times";
import { Badge, Loaded, ProblemNote, Table } from "./kit";
import { useRoster } from "./GroupParts";
import type { Recording } from "./recording";

type Row = components["schemas"]["room.AttendanceItem"];

const looks = { present: "accent", expected: "", waiting: "", excused: "", no_show: "warm", refused_for_place: "warm" } as const;

const recorded = ["present", "excused", "no_show"] as const;

/**
 * Attendance of a session; its facilitators can correct it with one choice.
 * @param inPerson Nobody's time in a room is known: what its facilitators record is all there is.
 */
export function Attendance(props: { session: string; group: string; recording?: Recording; inPerson?: boolean }) {
  const { session, group, recording = "read", inPerson = recording === "tap" } = props;
  const { t } = useTranslation("staff");
  const queries = useQueryClient();
  const roster = useRoster(group, true);
  const list = useQuery({
    queryKey: ["attendance", session],
    queryFn: () => ask(api.GET("/api/sessions/{id}/attendance", { params: { path: { id: session } } })),
    select: (page) => page.items,
    // A second facilitator may record too.
    refetchInterval: inPerson ? 15_000 : false,
  });
  // A person who never had a seat here has their name in the room.
  const room = useQuery({
    queryKey: ["room", session],
    queryFn: () => ask(api.GET("/api/sessions/{id}/room", { params: { path: { id: session } } })),
    select: (state) => state.participants,
    retry: false,
    enabled: !inPerson,
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
              // A tap shows what is recorded by itself.
              ...(recording === "tap"
                ? []
                : [
                    {
                      head: t("word.status"),
                      cell: (a: Row) => (
                        <span className="row">
                          <Badge look={looks[a.status]}>{t(`attendance.${a.status}`)}</Badge>
                          {a.late && <Badge>{t("attendance.late")}</Badge>}
                          {a.leftEarly && <Badge>{t("attendance.leftEarly")}</Badge>}
                          {a.corrected && !inPerson && <Badge>{t("attendance.corrected")}</Badge>}
                        </span>
                      ),
                    },
                  ]),
              ...(inPerson
                ? []
                : [
                    { head: t("attendance.minutes"), num: true, cell: (a: Row) => a.minutes },
                    {
                      head: t("attendance.times"),
                      cell: (a: Row) => (
                        <span className="small">
                          {a.segments.map((s) => `${timeOf(s.joinedAt)}–${s.leftAt ? timeOf(s.leftAt) : "…"}`).join(", ") || "—"}
                        </span>
                      ),
                    },
                  ]),
              ...(recording === "tap"
                ? [
                    {
                      head: t("attendance.correct"),
                      acts: true,
                      cell: (a: Row) => (
                        <div
                          className="row taps"
                          role="group"
                          aria-label={t("attendance.recordOf", { name: name(a.memberId, a.participantId) })}
                        >
                          {recorded.map((status) => (
                            <button
                              key={status}
                              type="button"
                              className="tap"
                              aria-pressed={a.status === status}
                              disabled={change.isPending}
                              onClick={() => change.mutate({ member: a.memberId, status })}
                            >
                              {t(`attendance.${status}`)}
                            </button>
                          ))}
                        </div>
                      ),
                    },
                  ]
                : []),
              ...(recording === "correct"
                ? [
                    {
                      head: t("attendance.correct"),
                      acts: true,
                      cell: (a: Row) => (
                        <select
                          className="input small-input"
                          aria-label={t("attendance.correctOf", { name: name(a.memberId, a.participantId) })}
                          value={a.corrected ? a.status : ""}
                          disabled={change.isPending}
                          onChange={(e) => change.mutate({ member: a.memberId, status: e.target.value })}
                        >
                          <option value="">{t("attendance.asRecorded")}</option>
                          {recorded.map((s) => (
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
