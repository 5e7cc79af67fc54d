import { describe, expect, it } from "vitest";
import { applyEvent, entered, initialState } from "./state";
import { refusalOf, type EnterAnswer, type RoomEvent } from "./wire";

const me = "11111111-0000-7000-8000-000000000000";
const other = "22222222-0000-7000-8000-000000000000";
const event = (seq: number, kind: string, data: Record<string, unknown> = {}, stream = "room"): RoomEvent => ({
  stream,
  seq,
  at: "2026-11-29T23:00:00Z",
  kind,
  by: { participantId: other, alias: "River", role: "member" },
  data,
});
const answer = (part: Partial<EnterAnswer> = {}): EnterAnswer => ({
  participantId: me,
  role: "member",
  state: "in",
  phase: "live",
  alias: "Sunny",
  reset: [],
  events: [],
  cursors: { room: 3 },
  participants: [{ participantId: me, alias: "Sunny", role: "member" }],
  settings: { locked: false, slowSeconds: 0, turn: null, hands: [] },
  ...part,
});

describe("the room's state", () => {
  it("takes each event once, whatever comes twice", () => {
    const state = entered(initialState, answer());
    const once = applyEvent(state, event(4, "message.posted", { id: "a", text: "Good evening", to: "everyone" }));
    expect(applyEvent(once, event(4, "message.posted", { id: "a", text: "Good evening", to: "everyone" }))).toBe(once);
    expect(applyEvent(once, event(2, "room.locked"))).toBe(once);
    expect(once.messages.map((m) => m.text)).toEqual(["Good evening"]);
  });

  it("keeps what was shown over a reconnect and adds what was missed", () => {
    const before = applyEvent(entered(initialState, answer()), event(4, "message.posted", { id: "a", text: "one", to: "everyone" }));
    const after = entered(
      before,
      answer({ cursors: { room: 6 }, events: [event(5, "message.posted", { id: "b", text: "two", to: "everyone" })] }),
    );
    expect(after.messages.map((m) => m.text)).toEqual(["one", "two"]);
    expect(after.cursors.room).toBe(6);
  });

  it("knows while one waits whether the session was opened, and that nobody came to open it", () => {
    const own = `private:${me}`;
    const early = entered(initialState, answer({ state: "waiting", phase: "lobby", cursors: {} }));
    const unled = applyEvent(early, event(2, "participant.waiting", { participantId: me, phase: "lobby", unled: true }, own));
    expect([unled.status, unled.phase, unled.unled]).toEqual(["waiting", "lobby", true]);
    const opened = applyEvent(unled, event(3, "participant.waiting", { participantId: me, phase: "live", unled: false }, own));
    expect([opened.phase, opened.unled]).toEqual(["live", false]);
  });

  it("gives the role that a participant has from now on", () => {
    const staff = entered(initialState, answer({ role: "co_facilitator" }));
    const observes = applyEvent(staff, event(4, "role.changed", { participantId: me, role: "observer" }));
    expect([observes.me?.role, observes.participants[0]?.role]).toEqual(["observer", "observer"]);
    const leads = applyEvent(observes, event(5, "role.changed", { participantId: me, role: "lead" }));
    expect(applyEvent(leads, event(6, "lead.changed", { participantId: me, alias: "Sunny" })).me?.role).toBe("lead");
  });

  it("tells a member when their place is checked again, and why it ended", () => {
    const own = `private:${me}`;
    const warned = applyEvent(
      entered(initialState, answer()),
      event(1, "eligibility.ending", { participantId: me, until: "2026-11-29T23:05:00Z" }, own),
    );
    expect(warned.checkedAt).toBe("2026-11-29T23:05:00Z");
    const lost = applyEvent(warned, event(2, "eligibility.ended", { participantId: me, reasons: [{ code: "X", text: "Why" }] }, own));
    expect(lost.lost).toEqual([{ code: "X", text: "Why" }]);
  });

  it("tells facilitators whose place is not settled, by name though they have gone, and whose crisis is open", () => {
    const joined = applyEvent(
      entered(initialState, answer({ role: "lead" })),
      event(4, "participant.joined", { participantId: other, alias: "River", role: "member" }),
    );
    const left = applyEvent(joined, event(5, "participant.left", { participantId: other, alias: "River", role: "member" }));
    const held = applyEvent(left, event(1, "eligibility.held", { participantId: other, reasons: ["X"] }, "staff"));
    const soon = applyEvent(held, event(2, "eligibility.held", { participantId: other, until: "2026-11-29T23:05:00Z" }, "staff"));
    const needed = applyEvent(soon, event(3, "handover.needed", { participantId: other, reasons: ["X"] }, "staff"));
    expect(needed.places.map((p) => [p.kind, p.alias])).toEqual([
      ["held", "River"],
      ["ending", "River"],
      ["handover", "River"],
    ]);
    const open = applyEvent(needed, event(4, "crisis.changed", { participantId: other, open: true }, "staff"));
    expect(open.crises).toEqual([other]);
    expect(applyEvent(open, event(5, "crisis.changed", { participantId: other, open: false }, "staff")).crises).toEqual([]);
  });

  it("lets a waiting participant in, with the room as it is then", () => {
    const waiting = entered(initialState, answer({ state: "waiting", phase: "lobby", settings: undefined, cursors: {} }));
    expect(waiting.status).toBe("waiting");
    const data = {
      participantId: me,
      alias: "Sunny",
      participants: [{ participantId: other, alias: "River", role: "lead" }],
      cursors: { room: 9 },
    };
    const admitted = applyEvent(waiting, event(2, "participant.admitted", data, `private:${me}`));
    expect([admitted.status, admitted.phase, admitted.cursors.room]).toEqual(["in", "live", 9]);
  });

  it("takes a leaving participant out of everything: hands, speaking turn, list", () => {
    const answers = answer({
      participants: [
        { participantId: me, alias: "Sunny", role: "member" },
        { participantId: other, alias: "River", role: "member" },
      ],
      settings: { locked: false, slowSeconds: 0, turn: other, hands: [other] },
    });
    const left = applyEvent(
      entered(initialState, answers),
      event(4, "participant.left", { participantId: other, alias: "River", role: "member" }),
    );
    expect([left.hands, left.turn, left.participants.length]).toEqual([[], null, 1]);
  });

  it("mutes only what was named, and everything when nothing was", () => {
    const some = applyEvent(
      entered(initialState, answer()),
      event(1, "participant.muted", { participantId: me, audio: true, video: false, chat: false }, `private:${me}`),
    );
    expect(some.muted[me]).toEqual({ audio: true, video: false, chat: false });
    const free = applyEvent(some, event(2, "participant.unmuted", { participantId: me }, `private:${me}`));
    expect(free.muted[me]).toEqual({ audio: false, video: false, chat: false });
  });

  it("shows a held room with whom to call, until it goes on", () => {
    const held = applyEvent(
      entered(initialState, answer()),
      event(4, "room.held", { until: "2026-11-29T23:10:00Z", crisisLines: [{ name: "988", phone: "988" }] }),
    );
    expect([held.phase, held.held?.lines.length]).toEqual(["held", 1]);
    expect(applyEvent(held, event(5, "room.resumed")).held).toBeNull();
  });
});

describe("a refusal of the hub", () => {
  it("is read from the last HubException", () => {
    const refusal = refusalOf(
      new Error("An unexpected error occurred invoking 'Post' on the server. HubException: slow-mode: Please wait: a little."),
    );
    expect([refusal.code, refusal.message]).toEqual(["slow-mode", "Please wait: a little."]);
  });

  it("is try-again when there is no code", () => expect(refusalOf(new Error("closed")).code).toBe("try-again"));
});
