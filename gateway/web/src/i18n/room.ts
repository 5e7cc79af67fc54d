import i18next from "i18next";
import { room as en } from "./en/room";
import { room as es } from "./es/room";

// The texts of the room come with its pages: who only looks for a group loads none of them.
i18next.addResourceBundle("en", "t", en, true);
i18next.addResourceBundle("es", "t", es, true);
