// The README's main job, written against the generated types: a client that does not compile is a broken promise.
import createClient from "openapi-fetch";
import type { components, paths } from "./api.js";

type Problem = components["schemas"]["Problem"];

export async function mainJob(gateway: string): Promise<string> {
  const api = createClient<paths>({ baseUrl: gateway });
  const sentence = (problem: Problem | undefined): never => { throw new Error(problem?.detail ?? "no answer"); };

  await api.POST("/api/identity/register", { body: { email: "me@example.test", password: "a long enough phrase" } });
  const signedIn = await api.POST("/api/identity/login", { body: { email: "me@example.test", password: "a long enough phrase" } });
  if (signedIn.error) {
    return signedIn.error.code === "sign-in-refused" ? "wrong password" : sentence(signedIn.error);
  }

  const headers = { Authorization: `Bearer ${signedIn.data.accessToken}` };
  const saved = await api.PUT("/api/me/profile", {
    headers,
    body: {
      legalName: "M. Example", dateOfBirth: "1990-05-05", phone: "+1 212 555 0100",
      residence: { line1: "1 Main Street", city: "Albany", state: "NY", postalCode: "12207", country: "US" },
      emergencyContact: { name: "A. Friend", phone: "+1 212 555 0101", relation: "friend" },
    },
  });
  if (saved.error) {
    return Object.entries(saved.error.errors ?? {}).map(([field, said]) => `${field}: ${said.join(" ")}`).join("\n");
  }

  const groups = await api.GET("/api/groups", { params: { query: { topic: "anxiety", state: "US-NY", limit: 10 } } });
  const group = groups.data?.items[0] ?? sentence(groups.error);
  const weekly: string = `${group.schedule.dayOfWeek} ${group.schedule.localTime} ${group.schedule.timeZone}`;

  const seat = await api.POST("/api/enrollments", {
    headers, params: { header: { "Idempotency-Key": "my-first-seat" } }, body: { groupId: group.id },
  });
  if (seat.error) {
    switch (seat.error.code) {
      case "not-eligible": return seat.error.decision?.reasons.map(r => r.text).join("\n") ?? "";
      case "already-enrolled": return "already in";
      default: return sentence(seat.error);
    }
  }

  const confirmed = await api.POST("/api/enrollments/{id}/confirm", {
    headers, params: { path: { id: seat.data.id } },
    body: { consents: seat.data.consents.map(({ document, version }) => ({ document, version })) },
  });
  const status: "reserved" | "enrolled" | "waitlisted" | "offered" | "held" | "ended" = confirmed.data?.status ?? sentence(confirmed.error);

  const sessions = await api.GET("/api/me/sessions", { headers });
  const session = sessions.data?.items[0] ?? sentence(sessions.error);
  const joined = await api.POST("/api/sessions/{id}/join", {
    headers, params: { path: { id: session.id } }, body: { location: { jurisdiction: "US-NY" } },
  });
  if (joined.error) {
    return joined.error.code === "room-not-open" ? `opens at ${joined.error.opensAt}` : sentence(joined.error);
  }

  const { ticket, hub, expiresAt, iceServers } = joined.data;
  return [weekly, status, ticket, hub, expiresAt, ...iceServers.flatMap(s => s.urls)].join(" ");
}

export async function groupForTonight(gateway: string, operator: string, today: string, now: string): Promise<string> {
  const api = createClient<paths>({ baseUrl: gateway, headers: { Authorization: `Bearer ${operator}` } });
  const facilitators = await api.GET("/api/facilitators");
  const lead = facilitators.data?.items.find(f => f.email === "ana@demo.test");
  const opened = await api.POST("/api/groups", {
    body: {
      practice: "grouport", name: "Tonight", topic: "anxiety", serviceClass: "psychotherapy_group", capacity: 10, facilitatorId: lead?.id ?? "",
      schedule: { startsOn: today, localTime: now, timeZone: "America/New_York", durationMinutes: 60, weeks: 1 },
    },
  });
  return opened.data?.id ?? opened.error?.code ?? "";
}
