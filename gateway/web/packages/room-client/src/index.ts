export * from "./wire";
export * from "./state";
export type { PlaceNotice, Places } from "./places";
export * from "./client";
export * from "./media";
export { picturesOf } from "./mediastate";
export type { MediaState, MediaStatus, Transforms } from "./mediastate";
export type { Remote } from "./receiver";
export type CameraPolicy = import("./state").RoomState["media"]["camera"];
