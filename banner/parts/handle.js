export { addAutoconsentButton as default } from "../ui/autoconsent_button.js";
