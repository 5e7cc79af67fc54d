import i18next from "i18next";
import { en } from "./en";
import { es } from "./es";

// Texts of facilitators and operators come with their pages, so that members load none of them.
i18next.addResourceBundle("en", "staff", en);
i18next.addResourceBundle("es", "staff", es);
