import { ApiProblem } from "../api/client";
import { withStepUp } from "./stepUp";

/** Saves what an address answers as a file, after a fresh proof where it is asked for: a plain link could not ask. */
export async function download(address: string, name: string): Promise<void> {
  const content = await withStepUp(async () => {
    const answer = await fetch(address, { credentials: "same-origin" });
    if (!answer.ok) {
      const body = (await answer.json().catch(() => ({}))) as Record<string, unknown>;
      throw new ApiProblem(answer.status, typeof body.code === "string" ? body.code : "unexpected", body, null);
    }

    return answer.blob();
  });
  const link = document.createElement("a");
  link.href = URL.createObjectURL(content);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}
