import { goodLine, lineAfter } from "./line";
import { Meter } from "./meter";
import type { MediaState } from "./mediastate";

const everyMs = 1500;

/** Looks at a call's connections and says when its line carries more, or less. */
export class LineWatch {
  private line = goodLine;
  private meter = new Meter();
  private readonly timer: ReturnType<typeof setInterval>;

  /** `connections`: those that send and receive now; null while there is nothing to learn from them. */
  constructor(
    private readonly connections: () => readonly [RTCPeerConnection | undefined, RTCPeerConnection | undefined] | null,
    private readonly changed: (line: MediaState["line"]) => void,
  ) {
    this.timer = setInterval(() => void this.look(), everyMs);
  }

  /** Other connections, perhaps to another server: what was counted before says nothing of them. */
  renew(): void {
    this.meter = new Meter();
    this.line = { ...this.line, shortest: Infinity };
  }

  close(): void {
    clearInterval(this.timer);
  }

  private async look(): Promise<void> {
    const connections = this.connections();
    // A page that cannot be seen is slowed down by its browser, and would take that for the line.
    if (!connections || globalThis.document?.visibilityState === "hidden") {
      return;
    }

    const { meter, line } = this;
    const sample = await meter.read(...connections);
    if (meter === this.meter && line === this.line) {
      this.line = lineAfter(line, sample);
      const { receives, sends } = this.line;
      if (receives.most !== line.receives.most || sends.most !== line.sends.most) {
        this.changed({ receives: receives.most, sends: sends.most });
      }
    }
  }
}
