/** Browser features that the type library does not know yet. */
declare module "virtual:blur-files" {
  /** Path of the script that blurs, in a worker of its own. */
  export const worker: string;
}

interface MediaTrackCapabilities {
  backgroundBlur?: boolean[];
}

interface MediaTrackSettings {
  backgroundBlur?: boolean;
}

interface MediaTrackConstraintSet {
  backgroundBlur?: ConstrainBoolean;
}

interface Window {
  MediaStreamTrackProcessor?: new (of: { track: MediaStreamTrack; maxBufferSize: number }) => { readable: ReadableStream<VideoFrame> };
  MediaStreamTrackGenerator?: new (of: { kind: "video" }) => MediaStreamTrack & { writable: WritableStream<VideoFrame> };
  trustedTypes?: {
    createPolicy: (name: string, rules: { createScriptURL: () => string }) => { createScriptURL: (url: string) => string };
  };
}
